package cli

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"codegauge/internal/config"
)

// optionFlags are the flags of the option table, as a struct that kong fills:
// built from the table, so that no option is written down twice.
type optionFlags struct {
	options []config.Option
	target  any // pointer to a struct of *string, nil where the flag was not given
}

func newOptionFlags(serve bool) optionFlags {
	var f optionFlags
	var fields []reflect.StructField
	for _, o := range config.Options() {
		if o.Serve != serve {
			continue
		}
		f.options = append(f.options, o)
		fields = append(fields, reflect.StructField{
			Name: "Option" + strconv.Itoa(len(fields)),
			Type: reflect.TypeFor[*string](),
			Tag:  optionTag(o),
		})
	}
	f.target = reflect.New(reflect.StructOf(fields)).Interface()
	return f
}

func optionTag(o config.Option) reflect.StructTag {
	help := fmt.Sprintf("%s Default: %s.", o.Help, strings.Trim(o.DescribeDefault(), "`"))
	return reflect.StructTag(fmt.Sprintf("name:%q placeholder:%q help:%q group:%q", o.Flag(), o.Placeholder, help, "Options (also in the environment and the configuration file):"))
}

// given adds the flags that were given to values, by option name.
func (f optionFlags) given(values map[string]string) map[string]string {
	v := reflect.ValueOf(f.target).Elem()
	for i, o := range f.options {
		if s := v.Field(i).Interface().(*string); s != nil {
			values[o.Name] = *s
		}
	}
	return values
}

func isOption(flag string) bool {
	for _, o := range config.Options() {
		if o.Flag() == flag {
			return true
		}
	}
	return false
}
