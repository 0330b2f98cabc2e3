package limits

import (
	"fmt"
	"regexp"
	"strings"
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

// Branch checks the name of a Git branch as `git check-ref-format --branch` does, and CodeCommit's limit
// of 256 characters.
func Branch(name string) error {
	if short, found := strings.CutPrefix(name, "refs/heads/"); found && Branch(short) == nil {
		return fmt.Errorf("%s is a full reference; use %s", Quote(name), short)
	}
	if name == "" || len(name) > 256 || name == "@" || name == "HEAD" || strings.HasPrefix(name, "-") || strings.HasSuffix(name, ".") ||
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
