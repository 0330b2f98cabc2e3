package limits

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

var variableName = whole(`[A-Za-z_][A-Za-z0-9_]*`)

// databaseVariables are the variables that the database supplies, each with the length of its
// longest value: an identifier of 63 characters in the longest region; a port; names of 63; and the
// ARN of a secret whose name has 130 characters.
var databaseVariables = map[string]int{
	"RDS_HOSTNAME": 112,
	"RDS_PORT":     5,
	"RDS_DB_NAME":  63,
	"RDS_USERNAME": 63,
	"RDS_PASSWORD": 202,
}

// policyVariables are the variables that follow from the policy of an environment, each with the length
// of its longest value: a time of an hour, and a number of connections.
var policyVariables = map[string]int{"IDLE_TIMEOUT": 5, "DATABASE_POOL": 4}

// variablesLimit is the number of bytes that all variables may take, as name=value (AWS Elastic
// Beanstalk Developer Guide, "Environment variables and other software settings").
const variablesLimit = 4096

// Variable checks an environment variable whose value everyone may read who sees the console. What
// looks like a secret is refused; the value is never part of the error.
func Variable(name, value string) error {
	if err := nameOfVariable(name); err != nil {
		return err
	}
	const fix = "store it in Secrets Manager and give its ARN under secrets"
	switch kind := secretKind(value); {
	case isSecretReference(value):
		return fmt.Errorf("the value is the ARN of a secret; give it under secrets")
	case kind != "":
		return fmt.Errorf("the value looks like %s, which everyone could read in the console; %s", kind, fix)
	case namesSecret(name) && !isSwitch(value):
		return fmt.Errorf("by its name the value is a secret, which everyone could read in the console; %s, or rename the variable if it is none", fix)
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }):
		return fmt.Errorf("the value contains a control character; use printable text")
	}
	return nil
}

// SecretVariable checks an environment variable whose value is fetched when an instance starts.
func SecretVariable(name, arn string) error {
	if err := nameOfVariable(name); err != nil {
		return err
	}
	return secretARN(arn)
}

func nameOfVariable(name string) error {
	switch _, reserved := databaseVariables[name]; {
	case !variableName.MatchString(name):
		return fmt.Errorf("%s is not letters, digits and underscores that do not begin with a digit; use a name such as LOG_LEVEL", Quote(name))
	case reserved:
		return fmt.Errorf("the database supplies %s itself; use another name", name)
	}
	return nil
}

// VariablesSize checks how much room all variables of an environment take together: the plain
// ones, the secrets with their ARNs, and at their longest those that the database and the policy
// supply.
func VariablesSize(variables map[string]string, secrets map[string]string) error {
	own := 0
	for name, value := range variables {
		own += len(name) + len("=") + len(value)
	}
	for name, arn := range secrets {
		own += len(name) + len("=") + len(arn)
	}
	total := own
	for _, supplied := range []map[string]int{databaseVariables, policyVariables} {
		for name, longest := range supplied {
			total += len(name) + len("=") + longest
		}
	}
	if total <= variablesLimit {
		return nil
	}
	return fmt.Errorf("variables and secrets take %d bytes as name=value and those of the environment itself up to %d, %d more than the %d that Beanstalk allows; shorten them or keep them in a file",
		own, total-own, total-variablesLimit, variablesLimit)
}

// secretWords are what a name ends in whose value is a secret; two words count in this order.
var secretWords = []string{
	"PASSWORD", "PASSWD", "PASSPHRASE", "PASSCODE", "SECRET", "SECRETS", "TOKEN", "CREDENTIAL", "CREDENTIALS",
	"APIKEY", "API KEY", "PRIVATE KEY", "ACCESS KEY", "SECRET KEY", "SIGNING KEY", "ENCRYPTION KEY", "MASTER KEY",
	"ACCESS KEY ID", "PASS", "PASS WORD", "PGPASSWORD", "DBPASSWORD", "SECRET KEY BASE", "DB PWD", "DATABASE PWD",
}

// variants may follow those words: DB_PASSWORD_PROD is as secret as DB_PASSWORD.
var variants = []string{
	"PROD", "PRODUCTION", "STAGING", "DEV", "DEVELOPMENT", "TEST", "LIVE", "OLD", "NEW", "CURRENT", "PREVIOUS", "NEXT",
	"PRIMARY", "SECONDARY", "VALUE", "BASE64", "B64",
}

// namesSecret looks at the last words of a name only, for the last word says what the value is:
// GITHUB_TOKEN is a token, but TOKEN_TTL is a time, PASSWORD_MIN_LENGTH a number and SECRET_ARN a
// reference. Whole words only: MONKEY and KEYBOARD_LAYOUT have nothing to hide.
func namesSecret(name string) bool {
	words := nameWords(name)
	for len(words) > 0 && (slices.Contains(variants, words[len(words)-1]) || strings.Trim(words[len(words)-1], "0123456789") == "") {
		words = words[:len(words)-1]
	}
	joined := " " + strings.TrimRight(strings.Join(words, " "), "0123456789")
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.HasSuffix(joined, " "+w) })
}

// nameWords splits API_KEY and apiKey alike into API and KEY.
func nameWords(name string) []string {
	var b strings.Builder
	var previous rune
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(previous) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
		previous = r
	}
	return strings.FieldsFunc(b.String(), func(r rune) bool { return r == '_' })
}

// isSwitch tells values that switch something on or off: REQUIRE_PASSWORD=true hides nothing.
func isSwitch(value string) bool {
	return slices.Contains([]string{"", "0", "1", "true", "false", "yes", "no", "on", "off"}, strings.ToLower(value))
}
