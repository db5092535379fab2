package config

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"codegauge/internal/english"
)

// line is one setting of a configuration file.
type line struct {
	value  string
	origin string // file:line
}

// maxFile is the most bytes of a configuration file, far more than one needs.
const maxFile = 1 << 20

// readFile reads a configuration file: key = value lines, blank lines, and
// comments from a # at the beginning of a line or after a space. A value in double quotes
// may contain # and Go's escapes.
func readFile(path string) (map[string]line, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if info.IsDir() || info.Size() > maxFile {
		return nil, fmt.Errorf("read configuration: %s is not a regular file, or is larger than %s bytes", path, english.Number(maxFile))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return parseFile(path, string(text))
}

func parseFile(path, text string) (map[string]line, error) {
	settings := map[string]line{}
	var errs []error
	for i, s := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		origin := path + ":" + strconv.Itoa(i+1)
		if err := parseLine(strings.TrimSpace(s), origin, settings); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", origin, err))
		}
	}
	return settings, errors.Join(errs...)
}

func parseLine(s, origin string, settings map[string]line) error {
	if s == "" || s[0] == '#' {
		return nil
	}
	key, rest, ok := strings.Cut(s, "=")
	if !ok {
		return fmt.Errorf("%.60q is not of the form key = value", s)
	}
	key = strings.TrimSpace(key)
	if err := knownKey(key); err != nil {
		return err
	}
	if before, ok := settings[key]; ok {
		return fmt.Errorf("%s is already set in %s", key, before.origin)
	}
	value, err := parseValue(strings.TrimSpace(rest))
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	settings[key] = line{value, origin}
	return nil
}

func knownKey(key string) error {
	var keys []string
	for _, o := range Options() {
		if o.Name == "config" {
			continue
		}
		if o.Name == key {
			return nil
		}
		keys = append(keys, o.Name)
	}
	return fmt.Errorf("unknown option %.60q; the options are %s", key, strings.Join(keys, ", "))
}

func parseValue(s string) (string, error) {
	if strings.HasPrefix(s, `"`) {
		return parseQuoted(s)
	}
	if i := strings.Index(s, " #"); i >= 0 {
		s = strings.TrimSpace(s[:i])
	}
	if s == "" || s[0] == '#' {
		return "", errors.New("no value; remove the line to use the default")
	}
	return s, nil
}

func parseQuoted(s string) (string, error) {
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", errors.New("the quoted value has no closing quote")
	}
	rest := strings.TrimSpace(s[len(quoted):])
	if rest != "" && rest[0] != '#' {
		return "", fmt.Errorf("%.60q follows the quoted value", rest)
	}
	return strconv.Unquote(quoted)
}
