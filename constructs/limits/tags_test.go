package limits_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

func TestTags(t *testing.T) {
	t.Parallel()
	const inIAM = ", and IAM takes the two for one; use "
	run(t, []check{
		{limits.Tag("team", "web shop"), ""},
		{limits.Tag("cost:center", "4711"), ""},
		{limits.Tag("größe", "M"), ""},
		{limits.Tag("team", ""), "Beanstalk refuses a tag without a value; use a text, or remove the tag"},
		{limits.Tag("", "x"), "a tag has no name; use one such as team"},
		{limits.Tag("aws:team", "x"), `names that begin with aws: are kept for AWS; use "aws-team"`},
		{limits.Tag("ElasticBeanstalk:x", "x"), `names that begin with elasticbeanstalk: are kept for AWS; use "ElasticBeanstalk-x"`},
		{limits.Tag("Name", "x"), "Beanstalk itself sets the tag Name on its environments; use another name"},
		{limits.Tag(strings.Repeat("k", 128), "x"), "the name has 128 characters; use at most 127"},
		{limits.Tag("k", strings.Repeat("v", 256)), "the value has 256 characters; use at most 255"},
		{limits.Tag("k!", "x"), "a tag cannot contain '!'; use letters, digits, spaces and _ . : / = + - @"},
		{limits.Tag("k", "a,b"), "a tag cannot contain ','; use letters, digits, spaces and _ . : / = + - @"},
		{limits.Tag("name", "x"), "Beanstalk itself sets the tag Name on its environments; use another name"},
		{limits.Tag("service", "x"), ""},
		{limits.Tag("environment", "x"), ""},
		{limits.Tag("Service", "x"), "the name differs only in case from the tag service of every stack" + inIAM + "service, which replaces that tag"},
		{limits.Tag("ENVIRONMENT", "x"), "the name differs only in case from the tag environment of every stack" + inIAM + "environment, which replaces that tag"},
		{limits.Tags(45), ""},
		{limits.Tags(46), "46 tags are more than the 50 that a Beanstalk environment can have beside 3 of Beanstalk's and 2 of this app; use at most 45"},
		{limits.TagsInOneCase(map[string]string{"Team": "a", "team": "b"})["team"], `the name differs from "Team" only in case` + inIAM + "one of them"},
	})
	assert.Empty(t, limits.TagsInOneCase(map[string]string{"team": "a", "owner": "b"}))
}
