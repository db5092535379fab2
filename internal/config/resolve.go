package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Sources are the places where options may be set, besides the configuration file.
type Sources struct {
	// Flags holds the flags that were given, by option name.
	Flags map[string]string
	// Env looks up an environment variable, like os.LookupEnv.
	Env func(string) (string, bool)
}

// Value is an option with its value and where that came from: "flag --data",
// "environment CODEGAUGE_DATA", "file:line" or "default".
type Value struct {
	Option Option
	Text   string
	Origin string
}

// Resolve returns the value of every option. It reports every problem at once.
func Resolve(src Sources) (*Config, error) {
	file, err := readConfigFile(src)
	if err != nil {
		return nil, err
	}
	c := &Config{}
	var errs []error
	for _, o := range Options() {
		v := src.value(o, file)
		c.Values = append(c.Values, v)
		if err := o.set(c, v.Text); err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", v.Origin, o.Name, err))
		}
	}
	if len(errs) == 0 {
		errs = append(errs, c.checkAlerts())
	}
	return c, errors.Join(errs...)
}

// readConfigFile reads the file that a flag or the environment names, if any.
func readConfigFile(src Sources) (map[string]line, error) {
	for _, o := range Options() {
		if o.Name != "config" {
			continue
		}
		if path := src.value(o, nil).Text; path != "" {
			return readFile(path)
		}
	}
	return nil, nil
}

func (src Sources) value(o Option, file map[string]line) Value {
	if s, ok := src.Flags[o.Name]; ok {
		return Value{o, s, "flag --" + o.Flag()}
	}
	if s, ok := src.Env(o.Env()); ok && s != "" {
		return Value{o, s, "environment " + o.Env()}
	}
	if l, ok := file[o.Name]; ok {
		return Value{o, l.value, l.origin}
	}
	if o.Name == "data" {
		return Value{o, DefaultData(src.Env), "default"}
	}
	return Value{o, o.Default, "default"}
}

// DefaultData returns the data directory that is used if none is configured.
func DefaultData(env func(string) (string, bool)) string {
	return xdg(env, "XDG_DATA_HOME", ".local/share", "codegauge")
}

// DefaultDemo returns the demo's data directory if none is configured. It is a cache
// directory, because the demo can be created again.
func DefaultDemo(env func(string) (string, bool)) string {
	return xdg(env, "XDG_CACHE_HOME", ".cache", "codegauge-demo")
}

// xdg returns the directory dir below the one that the variable names, or else below home
// in $HOME. Relative paths are ignored, as the XDG specification requires.
func xdg(env func(string) (string, bool), name, home, dir string) string {
	if s, ok := env(name); ok && filepath.IsAbs(s) {
		return filepath.Join(s, dir)
	}
	if s, ok := env("HOME"); ok && s != "" {
		return filepath.Join(s, home, dir)
	}
	return filepath.Join(os.TempDir(), dir)
}
