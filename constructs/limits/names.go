package limits

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var hyphenated = whole(`[a-z][a-z0-9]*(-[a-z0-9]+)*`)

// ServiceName checks the name of the application. With an environment's name and a hyphen it fits
// the 40 characters of the name of a Beanstalk environment.
func ServiceName(s string) error { return shortName(s, 20, "shop") }

// EnvironmentName checks the name of an environment.
func EnvironmentName(s string) error { return shortName(s, 16, "staging") }

var separators = regexp.MustCompile(`[^a-z0-9]+`)

func shortName(s string, most int, example string) error {
	if hyphenated.MatchString(s) && len(s) >= 2 && len(s) <= most {
		return nil
	}
	fix := strings.Trim(separators.ReplaceAllString(strings.ToLower(s), "-"), "-")
	fix = strings.TrimRight(fix[:min(len(fix), most)], "-")
	if len(fix) < 2 || !hyphenated.MatchString(fix) {
		fix = "a name such as " + example
	}
	return fmt.Errorf("%s is not 2 to %d lower-case letters, digits and single hyphens that begin with a letter; use %s",
		Quote(s), most, fix)
}

// Branch checks the name of a Git branch as git-check-ref-format does, and CodeCommit's limit of
// 256 characters.
func Branch(name string) error {
	if short, found := strings.CutPrefix(name, "refs/heads/"); found && Branch(short) == nil {
		return fmt.Errorf("%s is a full reference; use %s", Quote(name), short)
	}
	if name == "" || len(name) > 256 || name == "@" || strings.HasPrefix(name, "-") || strings.HasSuffix(name, ".") ||
		strings.Contains(name, "..") || strings.Contains(name, "@{") ||
		strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`~^:?*[\`, r) }) {
		return notABranch(name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return notABranch(name)
		}
	}
	return nil
}

func notABranch(name string) error {
	return fmt.Errorf("%s is not a name that Git allows for a branch; use one such as main", Quote(name))
}

// Tag checks a tag that is put on every resource, so it has to suit the strictest of them (AWS
// Elastic Beanstalk Developer Guide, "Tagging Elastic Beanstalk application resources").
func Tag(key, value string) error {
	lower := strings.ToLower(key)
	switch {
	case key == "":
		return fmt.Errorf("a tag has no name; use one such as team")
	case strings.HasPrefix(lower, "aws:") || strings.HasPrefix(lower, "elasticbeanstalk:"):
		return fmt.Errorf("names that begin with %s: are kept for AWS; use %s", lower[:strings.Index(lower, ":")], Quote(strings.ReplaceAll(key, ":", "-")))
	case key == "Name":
		return fmt.Errorf("Beanstalk itself sets the tag Name on its environments; use another name")
	case utf8.RuneCountInString(key) > 127:
		return fmt.Errorf("the name has %d characters; use at most 127", utf8.RuneCountInString(key))
	case utf8.RuneCountInString(value) > 255:
		return fmt.Errorf("the value has %d characters; use at most 255", utf8.RuneCountInString(value))
	}
	for _, r := range key + value {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ' ' && !strings.ContainsRune("_.:/=+-@", r) {
			return fmt.Errorf("a tag cannot contain %q; use letters, digits, spaces and _ . : / = + - @", r)
		}
	}
	return nil
}
