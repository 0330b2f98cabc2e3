package limits

import (
	"fmt"
	"regexp"
	"strings"
)

// secretKinds are the forms by which a secret gives itself away, with the words for it.
var secretKinds = []struct {
	kind    string
	pattern *regexp.Regexp
}{
	{"an AWS access key", regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`)},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY`)},
	{"a signed token (JWT)", regexp.MustCompile(`\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*`)},
	{"a GitHub token", regexp.MustCompile(`\b(gh[oprsu]_[A-Za-z0-9]{16,}|github_pat_\w{16,})`)},
	{"a GitLab token", regexp.MustCompile(`\bglpat-[\w-]{16,}`)},
	{"an npm token", regexp.MustCompile(`\bnpm_[A-Za-z0-9]{20,}`)},
	{"a Slack token", regexp.MustCompile(`\bxox[a-z]-[A-Za-z0-9-]{10,}`)},
	{"a Slack webhook", regexp.MustCompile(`hooks\.slack\.com/services/\w+/\w+/\w+`)},
	{"a Stripe key", regexp.MustCompile(`\b([rs]k_(live|test)|whsec)_[A-Za-z0-9]{10,}`)},
	{"an API key", regexp.MustCompile(`\bsk-[\w-]{16,}`)},
	{"a Google API key", regexp.MustCompile(`\bAIza[\w-]{35}`)},
	{"a SendGrid key", regexp.MustCompile(`\bSG\.[\w-]{16,}\.[\w-]{16,}`)},
	{"an address with a password in it", regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@:]*:[^\s/?#@]+@`)},
	{"a connection string with a password in it", regexp.MustCompile(`(?i)(^|[\s;&?])(password|pwd)\s*=\s*[^\s;&]+`)},
}

// secretKind says what kind of secret a value looks like, or nothing.
func secretKind(value string) string {
	for _, k := range secretKinds {
		if k.pattern.MatchString(value) {
			return k.kind
		}
	}
	return ""
}

var (
	managedSecret = whole(arnForm("secretsmanager") + `secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}`)
	withoutSuffix = whole(arnForm("secretsmanager") + `secret:[A-Za-z0-9/_+=.@-]+`)
	withKey       = whole(arnForm("secretsmanager") + `secret:[A-Za-z0-9/_+=.@-]+:.*`)
	parameter     = whole(arnForm("ssm") + `parameter/[A-Za-z0-9/_.-]+`)
	reference     = regexp.MustCompile(`^arn:aws(-[a-z]+)*:(secretsmanager:.*:secret:|ssm:.*:parameter/)`)
)

func isSecretReference(value string) bool { return reference.MatchString(value) }

// secretARN checks where the value of a secret comes from: the account and region of the stacks, because
// other accounts cannot use the AWS managed keys (Secrets Manager User Guide, "Access AWS Secrets Manager
// secrets from a different account"). The value is not shown: somebody may have put the secret itself there.
func secretARN(arn string, home Home) error {
	if m := managedSecret.FindStringSubmatch(arn); m != nil {
		return home.admits("secret", m)
	}
	if m := parameter.FindStringSubmatch(arn); m != nil {
		return home.admits("parameter", m)
	}
	switch {
	case withKey.MatchString(arn):
		// The host wants name:key and ECS name:key::, so no ARN with a key suits both.
		return fmt.Errorf("the ARN ends in the name of a JSON key, which the host and ECS read differently; store the value as a plain secret of its own and give that ARN")
	case withoutSuffix.MatchString(arn):
		return fmt.Errorf("the ARN lacks the six characters that Secrets Manager puts after the name; copy it from the secret's page or from `aws secretsmanager describe-secret`")
	case strings.HasPrefix(arn, "arn:"):
		return fmt.Errorf("the ARN is neither of a secret in Secrets Manager nor of a parameter in SSM Parameter Store; use one such as arn:aws:secretsmanager:eu-west-1:111122223333:secret:name-AbCdEf")
	}
	return fmt.Errorf("the value is not an ARN; store the secret in Secrets Manager and give its ARN here")
}
