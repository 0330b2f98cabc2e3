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
	managedSecret = whole(`arn:aws(-[a-z]+)*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}`)
	withoutSuffix = whole(`arn:aws(-[a-z]+)*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+`)
	withKey       = whole(`arn:aws(-[a-z]+)*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+:.*`)
	parameter     = whole(`arn:aws(-[a-z]+)*:ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+`)
	reference     = regexp.MustCompile(`^arn:aws(-[a-z]+)*:(secretsmanager:.*:secret:|ssm:.*:parameter/)`)
)

func isSecretReference(value string) bool { return reference.MatchString(value) }

// secretARN checks where the value of a secret comes from. The value is not shown: somebody may
// have put the secret itself there.
func secretARN(arn string) error {
	switch {
	case managedSecret.MatchString(arn), parameter.MatchString(arn):
		return nil
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
