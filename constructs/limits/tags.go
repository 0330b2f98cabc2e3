package limits

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The tags that every stack carries, unless the user gives them another value.
const (
	ServiceTag     = "service"
	EnvironmentTag = "environment"
)

// beanstalkTags are the tags that Beanstalk adds to an environment, and maxTags is how many there can
// be with them (Developer Guide, "Tagging Elastic Beanstalk application resources"). A subnet has as
// many: CDK adds three to it as well.
const (
	beanstalkTags = 3
	maxTags       = 50
)

// MaxTags is how many tags are left to the user.
const MaxTags = maxTags - beanstalkTags - 2

// Tags checks the number of tags that are put on every resource.
func Tags(n int) error {
	if n <= MaxTags {
		return nil
	}
	return fmt.Errorf("%d tags are more than the %d that a Beanstalk environment can have beside %d of Beanstalk's and 2 of this app; use at most %d",
		n, maxTags, beanstalkTags, MaxTags)
}

// Tag checks a tag that is put on every resource, so it has to suit the strictest of them (Developer
// Guide, "Tagging Elastic Beanstalk application resources").
func Tag(key, value string) error {
	lower := strings.ToLower(key)
	switch {
	case key == "":
		return fmt.Errorf("a tag has no name; use one such as team")
	case strings.HasPrefix(lower, "aws:") || strings.HasPrefix(lower, "elasticbeanstalk:"):
		return fmt.Errorf("names that begin with %s: are kept for AWS; use %s", lower[:strings.Index(lower, ":")], Quote(strings.ReplaceAll(key, ":", "-")))
	case lower == "name":
		return fmt.Errorf("Beanstalk itself sets the tag Name on its environments; use another name")
	case key != lower && (lower == ServiceTag || lower == EnvironmentTag):
		return fmt.Errorf("the name differs only in case from the tag %s of every stack, and IAM takes the two for one; use %s, which replaces that tag", lower, lower)
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
	if value == "" { // API reference, Tag
		return fmt.Errorf("Beanstalk refuses a tag without a value; use a text, or remove the tag")
	}
	return nil
}

// TagsInOneCase returns the tags whose names differ from another only in case, with the error of each:
// an IAM role cannot have both (IAM User Guide, "Rules for tagging in IAM and AWS STS").
func TagsInOneCase(tags map[string]string) map[string]error {
	first, problems := map[string]string{}, map[string]error{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		lower := strings.ToLower(key)
		if other, taken := first[lower]; taken {
			problems[key] = fmt.Errorf("the name differs from %s only in case, and IAM takes the two for one; use one of them", Quote(other))
			continue
		}
		first[lower] = key
	}
	return problems
}
