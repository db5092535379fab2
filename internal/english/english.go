// Package english formats numbers, counted nouns and lists for English text: "1 day",
// "12,345 lines", "74.6%", "−3". Pages, messages and the command line all use it, so that
// no text has "1 days" or "+−3".
package english

import (
	"math"
	"strconv"
	"strings"
)

const (
	// Unknown stands for an unknown number, which is never shown as 0 or NaN.
	Unknown = "–"
	// Minus is the sign of negative numbers.
	Minus = "−"
)

// Integer is what can be counted.
type Integer interface{ ~int | ~int32 | ~int64 }

// Number writes 12041 as "12,041", and a negative number with a true minus.
func Number[T Integer](n T) string {
	digits, negative := strings.CutPrefix(strconv.FormatInt(int64(n), 10), "-")
	if negative {
		return Minus + GroupDigits(digits)
	}
	return GroupDigits(digits)
}

// GroupDigits puts a comma between groups of three digits.
func GroupDigits(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Signed is Number with a plus before what is more than 0: "+812", "−3", "0".
func Signed[T Integer](n T) string {
	if n > 0 {
		return "+" + Number(n)
	}
	return Number(n)
}

// NumberOr is Number, or Unknown for nil.
func NumberOr[T Integer](n *T) string {
	if n == nil {
		return Unknown
	}
	return Number(*n)
}

// Moved writes how a figure moved: "5 → 7", or "7" if it did not.
func Moved(before, after string) string {
	if before == after {
		return after
	}
	return before + " → " + after
}

// Plural returns one if n is 1, else many: forms of a noun, or of a noun and a verb.
func Plural[T Integer](n T, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Count writes n with the noun in the form for n: "1 day", "2 days", "0 days".
func Count[T Integer](n T, one, many string) string {
	return Number(n) + " " + Plural(n, one, many)
}

// Decimal writes f with the given number of decimal places: "1,204.5". A number that
// rounds to zero has no sign; NaN and infinities are Unknown.
func Decimal(f float64, places int) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Unknown
	}
	digits := strconv.FormatFloat(math.Abs(f), 'f', places, 64)
	whole, rest, _ := strings.Cut(digits, ".")
	whole = GroupDigits(whole)
	if rest != "" {
		whole += "." + rest
	}
	if f < 0 && strings.Trim(digits, "0.") != "" {
		return Minus + whole
	}
	return whole
}

// Percent writes a ratio of 0.7461 as "74.6%".
func Percent(ratio float64, places int) string {
	s := Decimal(100*ratio, places)
	if s == Unknown {
		return s
	}
	return s + "%"
}

// Share is Percent of a part of a whole: what is not nothing is not written as 0%, nor what
// is not all as 100%, but as "<1%" and ">99%", with places "<0.1%" and ">99.9%".
func Share(ratio float64, places int) string {
	least := math.Pow10(-places)
	switch s := Percent(ratio, places); {
	case ratio > 0 && s == Percent(0, places):
		return "<" + Percent(least/100, places)
	case ratio < 1 && s == Percent(1, places):
		return ">" + Percent(1-least/100, places)
	default:
		return s
	}
}

// Plus puts a plus before a number that Decimal or Percent wrote, unless it is zero,
// negative or unknown.
func Plus(number string) string {
	if number == Unknown || strings.HasPrefix(number, Minus) || strings.Trim(number, "0.,%") == "" {
		return number
	}
	return "+" + number
}
