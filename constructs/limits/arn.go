package limits

import (
	"fmt"
	"regexp"
	"strings"
)

// regionForm is the form of a region's name: eu-west-1, us-gov-west-1, eusc-de-east-1.
const regionForm = `[a-z]{2,}(?:-[a-z]+)+-[0-9]+`

// arnForm is the head of the ARN of a resource in an account and a region.
func arnForm(service string) string {
	return `arn:(aws(?:-[a-z]+)*):` + service + `:(` + regionForm + `):([0-9]{12}):`
}

// Home is where the stacks are deployed, as far as that is known.
type Home struct{ Account, Region string }

// admits checks that a resource of a kind can be used at home: match is the match of its [arnForm].
func (h Home) admits(kind string, match []string) error {
	partition, region, account := match[1], match[2], match[3]
	if own := partitionOf(region); own != partition {
		return fmt.Errorf("the ARN names the partition %s, but the region %s is in %s; copy the ARN from the %s's page", partition, region, own, kind)
	}
	var is, want []string
	if h.Region != "" && h.Region != region {
		is, want = append(is, region), append(want, h.Region)
	}
	if h.Account != "" && h.Account != account {
		is, want = append(is, "account "+account), append(want, "account "+h.Account)
	}
	if len(is) == 0 {
		return nil
	}
	home := strings.Join(want, " and ")
	return fmt.Errorf("a %s of %s does not work in %s; use one of %s", kind, strings.Join(is, " and "), home, home)
}

var isolated = regexp.MustCompile(`^[a-z]{2}-iso([a-z]?)-`)

// partitionOf is the partition of a region. The form of the name decides, as in the AWS SDKs
// (partitions.json, regionRegex), so a new region needs no change here.
func partitionOf(region string) string {
	first, _, _ := strings.Cut(region, "-")
	m := isolated.FindStringSubmatch(region)
	switch {
	case first == "cn" || len(first) > 2:
		return "aws-" + first
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	case m != nil:
		return strings.TrimSuffix("aws-iso-"+m[1], "-")
	}
	return "aws"
}
