package limits

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

var variableName = whole(`[A-Za-z_][A-Za-z0-9_]*`)

const (
	bySupply      = "the database supplies it itself; use another name"
	byIdleTimeout = "the environment sets it itself, to more than the load balancer's idle timeout; change idleTimeoutSeconds (IdleTimeout of a policy), or use another name"
	byConnections = "the environment sets it itself, to the number of connections that every check of a release assumes; change connectionsPerInstance (Connections.PerInstance of a policy), or use another name"
	byRehearsal   = "the starter opens the routes of its rehearsals, which hold connections open, to everyone where it is set; remove it, or use another name"
	byBundle      = "the load balancer's requests go to the containerPort in Dockerrun.aws.json, regardless of PORT; change it there, or use another name"
)

// ownVariables are the variables that the environment sets itself, each with the length of its longest
// value and what to do instead of setting it: an identifier of 63 characters in the longest region; a
// port; names of 63; the ARN of a secret whose name has 130 characters; the user "application"; a duration; a number.
var ownVariables = map[string]struct {
	longest int
	instead string
}{
	"RDS_HOSTNAME": {112, bySupply},
	"RDS_PORT":     {5, bySupply},
	"RDS_DB_NAME":  {63, bySupply},
	"RDS_USERNAME": {63, bySupply},
	"RDS_PASSWORD": {202, bySupply},

	"RDS_APPLICATION_USERNAME": {11, bySupply},
	"RDS_APPLICATION_PASSWORD": {202, bySupply},

	"IDLE_TIMEOUT":  {5, byIdleTimeout},
	"DATABASE_POOL": {4, byConnections},
}

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
	case name == "RDS_SSLMODE" && value == "disable":
		return errors.New("the database refuses connections without TLS; use verify-full, or remove it")
	case strings.ContainsFunc(value, isLineBreak):
		// Reported as "Not a List of Key/Value pairs" (hashicorp/terraform-provider-aws issue 6413).
		return fmt.Errorf("the value has more than one line, which Beanstalk refuses; store it as a secret, or encode it in base64")
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }):
		return fmt.Errorf("the value contains a control character; use printable text")
	}
	return nil
}

func isLineBreak(r rune) bool { return strings.ContainsRune("\n\v\f\r\u0085\u2028\u2029", r) }

// UncertainSymbols are the characters in the value of a variable, sorted, that Beanstalk may refuse or
// change: it does not document them, or it wants a backslash before them, as for \ ' and " (Developer
// Guide, "Environment variables and other software settings").
func UncertainSymbols(value string) []rune {
	var found []rune
	for _, r := range value {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r) && !strings.ContainsRune(PlainSymbols, r) {
			found = append(found, r)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// PlainSymbols are the symbols that Beanstalk takes as they are.
const PlainSymbols = "_.:/=+-@"

// SecretVariable checks an environment variable whose value is fetched when an instance starts.
func SecretVariable(name, arn string, home Home) error {
	if err := nameOfVariable(name); err != nil {
		return err
	}
	return secretARN(arn, home)
}

func nameOfVariable(name string) error {
	switch own, reserved := ownVariables[name]; {
	case !variableName.MatchString(name):
		return fmt.Errorf("%s is not letters, digits and underscores that do not begin with a digit; use a name such as LOG_LEVEL", Quote(name))
	case reserved:
		return errors.New(own.instead)
	case name == "PORT":
		return errors.New(byBundle)
	case name == "REHEARSAL":
		return errors.New(byRehearsal)
	}
	return nil
}

// VariablesSize checks how much room all variables of an environment take together: the plain
// ones, the secrets with their ARNs, and at their longest those that the environment sets itself.
func VariablesSize(variables map[string]string, secrets map[string]string) error {
	given, rest := 0, 0
	for name, value := range variables {
		given += len(name) + len("=") + len(value)
	}
	for name, arn := range secrets {
		given += len(name) + len("=") + len(arn)
	}
	for name, own := range ownVariables {
		rest += len(name) + len("=") + own.longest
	}
	if given+rest <= variablesLimit {
		return nil
	}
	return fmt.Errorf("variables and secrets take %d bytes as name=value and those that the environment sets itself up to %d, %d more than the %d that Beanstalk allows; shorten them or keep them in a file",
		given, rest, given+rest-variablesLimit, variablesLimit)
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
