package limits

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
)

// retentions are what Elastic Beanstalk takes as RetentionInDays (namespace
// aws:elasticbeanstalk:cloudwatch:logs).
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653}

// LogRetentionDays checks how long logs are kept.
func LogRetentionDays(days int) error {
	at, found := slices.BinarySearch(retentions, days)
	if found {
		return nil
	}
	return fmt.Errorf("%d days is not a retention that CloudWatch Logs offers; use %d", days, retentions[min(at, len(retentions)-1)])
}

var (
	window       = whole(`(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01][0-9]|2[0-3]):[0-5][0-9]`)
	windowInHead = regexp.MustCompile(`(?i)^\s*(mon|tue|wed|thu|fri|sat|sun)[a-z]*[\s:,]+([01]?[0-9]|2[0-3]):([0-5][0-9])\s*(utc)?\s*$`)
)

// UpdateWindow checks the beginning of the weekly window of managed updates (option
// PreferredStartTime of the namespace aws:elasticbeanstalk:managedactions).
func UpdateWindow(s string) error {
	if window.MatchString(s) {
		return nil
	}
	fix := "one such as Sun:03:00"
	if m := windowInHead.FindStringSubmatch(s); m != nil {
		fix = fmt.Sprintf("%s%s:%02s:%s", strings.ToUpper(m[1][:1]), strings.ToLower(m[1][1:]), m[2], m[3])
	}
	return fmt.Errorf("%s is not a day and a time in UTC; use %s", Quote(s), fix)
}

// UpdateLevel checks which managed updates are applied (option UpdateLevel of the namespace
// aws:elasticbeanstalk:managedactions:platformupdate).
func UpdateLevel(level string) error {
	if level == "patch" || level == "minor" {
		return nil
	}
	return fmt.Errorf("%s is not a level of updates that Beanstalk applies by itself; use patch or minor", Quote(level))
}

// deliverable leaves out what standards allow and mail services do not: quoted names and hosts
// without a domain.
var deliverable = whole(`[^\s"@]+@[^\s"@]+\.[^\s"@]+`)

// Email checks an address for notifications: the address alone, without a person's name.
func Email(address string) error {
	parsed, err := mail.ParseAddress(address)
	switch {
	case err != nil || !deliverable.MatchString(parsed.Address):
		return fmt.Errorf("%s is not an e-mail address; use one such as ops@example.com", Quote(address))
	case parsed.Address != address:
		return fmt.Errorf("%s is more than an e-mail address; use %s", Quote(address), Short(parsed.Address))
	}
	return nil
}

var certificateARN = whole(arnForm("acm") + `certificate/[A-Za-z0-9-]+`)

// CertificateARN checks the ARN of an ACM certificate for a load balancer, which takes those of its own
// account and region only.
func CertificateARN(arn string, home Home) error {
	m := certificateARN.FindStringSubmatch(arn)
	switch {
	case m == nil && strings.Contains(arn, ":iam:") && strings.Contains(arn, "server-certificate"):
		return fmt.Errorf("%s is a certificate in IAM; use one in ACM, which renews it", Quote(arn))
	case m == nil:
		return fmt.Errorf("%s is not the ARN of an ACM certificate; use one such as arn:aws:acm:eu-west-1:111122223333:certificate/…", Quote(arn))
	}
	return home.admits("certificate", m)
}
