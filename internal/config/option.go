// Package config is the one table of options. An option is set, in order of
// precedence, by a flag (--log-level), by the environment
// (CODEGAUGE_LOG_LEVEL), by a line of the configuration file
// (log_level = debug), or has its default. docs/configuration.md is generated
// from the table.
package config

import (
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"codegauge/internal/basepath"
)

// EnvPrefix begins the name of every environment variable that is read.
const EnvPrefix = "CODEGAUGE_"

// Config holds the options' values, checked and converted.
type Config struct {
	// Data is the data directory.
	Data string
	// Database is the URL of a PostgreSQL database, "" for the data directory's own
	// file; DatabasePasswordFile holds its password, "" if the URL or PGPASSFILE does.
	Database, DatabasePasswordFile string
	// File is the configuration file that was read, "" if none.
	File string
	// Listen is the address that serve listens on, host:port.
	Listen string
	// PublicURL is the URL at which browsers reach the server, including BasePath; "" if
	// the server is used on loopback only. See CheckExposure.
	PublicURL       string
	BasePath        basepath.Base
	TLSCert, TLSKey string
	TrustedProxies  []netip.Prefix
	// LinkTTL is how long download links open their files.
	LinkTTL time.Duration
	// OIDCIssuer is the identity provider, "" for none.
	OIDCIssuer, OIDCClientID, OIDCSecretFile string
	// OIDCIdentityClaims identify people; if there are none, the subject does. OIDCRoles
	// maps values of the OIDCRoleClaims to roles.
	OIDCIdentityClaims, OIDCRoleClaims []string
	OIDCRoles                          []OIDCRole
	// OIDCNewAccounts is the enterprise in which everybody who signs in gets an account, ""
	// for none. FirstOwner becomes the owner of an installation without one by signing in;
	// "" means whoever has the setup link.
	OIDCNewAccounts, FirstOwner string

	LogLevel  slog.Level
	LogFormat string
	// MemoryMB limits, in MiB, the cached data, and the records that an import collects
	// before it writes them to disk.
	MemoryMB int
	// Threads is the number of threads that read an import, 0 for one per core.
	Threads int
	// UndoDays is for how many days replaced reports are kept, so that an import can be
	// undone.
	UndoDays int
	// SeatPrices are the monthly prices of a seat by plan, in US cents.
	SeatPrices map[string]int64
	// SecretKeyFile contains the secret that encrypts the credentials of sources, "" for the
	// file in the data directory.
	SecretKeyFile string
	// PeopleKeys is the folder with the keys of enterprises that are kept without people, ""
	// for the one in the data directory.
	PeopleKeys string
	// SyncTime is the time of day (UTC) of nightly rounds. SyncCalls is the most calls per
	// hour, 0 for half of GitHub's limit.
	SyncTime  time.Duration
	SyncCalls int
	// SyncProxy is the proxy for calls to sources, nil for none. SyncCAFile contains
	// additional trusted certificates. SyncPrivateHosts may have private addresses.
	SyncProxy        *url.URL
	SyncCAFile       string
	SyncPrivateHosts []string
	// AlertMail and the webhook get alerts about late sources; none, and "", for no alerts.
	AlertMail []string
	// Digest are the enterprises whose digest is sent.
	Digest           []string
	AlertWebhookFile string
	// SMTPServer is the mail server, host:port, SMTPSecurity starttls, tls or none.
	SMTPServer, SMTPSecurity, SMTPFrom, SMTPUser, SMTPPasswordFile string
	// LockWait is how long a command waits for a data directory that another
	// process holds.
	LockWait time.Duration
	// Values lists every option with its value and where that came from.
	Values []Value
}

// OIDCRole is a role that a value of a claim stands for, in an enterprise, or in an
// organization or team of it; in the whole installation if no enterprise is named.
type OIDCRole struct{ Value, Role, Enterprise, Org, Team string }

// Option is a row of the table.
type Option struct {
	// Name is the key in the configuration file; Flag and Env derive from it.
	Name string
	// Placeholder stands for the value in help texts.
	Placeholder string
	// Default is the value if nothing sets the option. DefaultText describes a
	// default that depends on the machine.
	Default, DefaultText string
	Help                 string
	// Serve marks an option that only serve takes as a flag.
	Serve bool
	// set checks the value and stores it.
	set func(*Config, string) error
}

// Flag returns the option's flag, without the dashes.
func (o Option) Flag() string { return strings.ReplaceAll(o.Name, "_", "-") }

// Env returns the option's environment variable.
func (o Option) Env() string { return EnvPrefix + strings.ToUpper(o.Name) }

// Options returns the table, in the order in which it is documented.
func Options() []Option {
	options := []Option{
		{Name: "data", Placeholder: "DIR", DefaultText: "$XDG_DATA_HOME/codegauge, else ~/.local/share/codegauge",
			Help: "Data directory. One process uses it at a time; while serve does, other commands go through the server.",
			set:  func(c *Config, s string) error { c.Data = s; return nil }},
		{Name: "database", Placeholder: "URL", DefaultText: "codegauge.db in the data directory",
			Help: "PostgreSQL database (postgres://user@host/name, version 15 or later) for everything except uploads in progress. Any number of servers may share it.",
			set:  func(c *Config, s string) error { c.Database = s; return nil }},
		{Name: "database_password_file", Placeholder: "FILE", DefaultText: "none",
			Help: "File that contains the database password; it is read again for each connection.",
			set:  func(c *Config, s string) error { c.DatabasePasswordFile = s; return nil }},
		{Name: "config", Placeholder: "FILE", DefaultText: "none",
			Help: "Configuration file of key = value lines. The file itself cannot set this option.",
			set:  func(c *Config, s string) error { c.File = s; return nil }},
		{Name: "listen", Placeholder: "HOST:PORT", Default: "127.0.0.1:8080", Serve: true,
			Help: "Address that serve listens on. Any address other than loopback needs TLS or a trusted proxy.",
			set:  setListen},
		{Name: "log_level", Placeholder: "LEVEL", Default: "info",
			Help: "Lowest level of messages to log: debug, info, warn or error.",
			set:  setLogLevel},
		{Name: "log_format", Placeholder: "FORMAT", Default: "text",
			Help: "Format of log lines: text or json.",
			set:  setLogFormat},
		{Name: "memory", Placeholder: "SIZE", Default: "160MB",
			Help: "Memory for cached data and for an import's records before they go to disk, such as 512MB or 2GB. The process uses a few hundred MB more.",
			set:  setMemory},
		{Name: "threads", Placeholder: "N", Default: "0",
			Help: "Threads that read an import; 0 means one per core.",
			set:  setThreads},
		{Name: "undo_days", Placeholder: "N", Default: "30",
			Help: "Days to keep replaced reports, so that undoing an import (codegauge delete --import) can restore them.",
			set:  setUndoDays},
		{Name: "seat_prices", Placeholder: "PLAN=USD,…", DefaultText: "none",
			Help: "What a seat of each plan costs a month, in US dollars, such as business=19,enterprise=39: the page of seats shows what unused seats cost.",
			set:  setSeatPrices},
		{Name: "people_keys", Placeholder: "DIR", DefaultText: "people-keys in the data directory; none with --database",
			Help: "Folder with the key of each enterprise that is kept without people (codegauge enterprise add --without-people), SLUG.key, which nobody else may be able to read; a key that is missing is made with its enterprise. Every server and command needs the same keys, and backups do not contain them.",
			set:  func(c *Config, s string) error { c.PeopleKeys = s; return nil }},
		{Name: "lock_wait", Placeholder: "DURATION", Default: "30s",
			Help: "How long a command waits for a data directory that another process is using.",
			set:  setLockWait},
	}
	return slices.Concat(options, syncOptions(), alertOptions(), exposureOptions())
}

func setListen(c *Config, s string) error {
	if _, _, err := net.SplitHostPort(s); err != nil {
		return fmt.Errorf("%q is not of the form HOST:PORT", s)
	}
	c.Listen = s
	return nil
}

func setLogLevel(c *Config, s string) error {
	switch s {
	case "debug", "info", "warn", "error":
		return c.LogLevel.UnmarshalText([]byte(s))
	}
	return fmt.Errorf("%q is not one of debug, info, warn, error", s)
}

func setLogFormat(c *Config, s string) error {
	if s != "text" && s != "json" {
		return fmt.Errorf("%q is not one of text, json", s)
	}
	c.LogFormat = s
	return nil
}

func setUndoDays(c *Config, s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 3660 {
		return fmt.Errorf("%q is not a number of days between 0 and 3660", s)
	}
	c.UndoDays = n
	return nil
}

func setSeatPrices(c *Config, s string) error {
	c.SeatPrices = map[string]int64{}
	if s == "" {
		return nil
	}
	for part := range strings.SplitSeq(s, ",") {
		plan, price, _ := strings.Cut(strings.TrimSpace(part), "=")
		usd, err := strconv.ParseFloat(price, 64)
		if plan == "" || err != nil || !(usd > 0 && usd < 10_000) {
			return fmt.Errorf("%q is not of the form PLAN=USD, such as business=19", part)
		}
		c.SeatPrices[plan] = int64(math.Round(usd * 100))
	}
	return nil
}

// minMemoryMB is the least memory with which a page about a year finds its data cached.
const minMemoryMB = 64

func setMemory(c *Config, s string) error {
	mb, err := parseMegabytes(s)
	if err != nil {
		return err
	}
	if mb < minMemoryMB {
		return fmt.Errorf("%q is less than %dMB", s, minMemoryMB)
	}
	c.MemoryMB = mb
	return nil
}

// parseMegabytes reads 512MB, 512MiB, 2GB, 2GiB; units of 1024.
func parseMegabytes(s string) (int, error) {
	for _, u := range []struct {
		suffix string
		scale  int
	}{{"MIB", 1}, {"GIB", 1024}, {"MB", 1}, {"GB", 1024}} {
		digits, ok := strings.CutSuffix(strings.ToUpper(s), u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 20)
		if err == nil {
			return int(n) * u.scale, nil
		}
	}
	return 0, fmt.Errorf("%q is not a size such as 512MB or 2GB", s)
}

func setThreads(c *Config, s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1024 {
		return fmt.Errorf("%q is not a number from 0 to 1024", s)
	}
	c.Threads = n
	return nil
}

func setLockWait(c *Config, s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return fmt.Errorf("%q is not a duration such as 30s", s)
	}
	c.LockWait = d
	return nil
}
