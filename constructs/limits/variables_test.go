package limits_test

import (
	"crypto/ed25519"
	"crypto/rsa"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/rollout"
)

const (
	store    = "; store it in Secrets Manager and give its ARN under secrets"
	byName   = "by its name the value is a secret, which everyone could read in the console" + store + ", or rename the variable if it is none"
	inPublic = ", which everyone could read in the console" + store
)

func TestVariablesThatAreNoSecrets(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"LOG_LEVEL": "debug", "_X1": "", "feature_flags": "a,b;c=d", "BASE_URL": "https://example.com:8443/a@b?c=d",
		"MONKEY": "see", "KEYBOARD_LAYOUT": "de", "PASSWORD_MIN_LENGTH": "12", "TOKENIZER_MODEL": "small", "TOKEN_TTL": "15m",
		"SECRET_ROTATION_DAYS": "30", "MAX_TOKENS": "4096", "REQUIRE_PASSWORD": "true", "PRIMARY_KEY_TYPE": "uuid", "PWD": "/app",
		"PUBLIC_KEY": "MFkw", "SORT_KEY": "created", "BYPASS": "cache",
		"GREETING": "Grüß Gott\tWelt", "TASK": "task-scheduler-with-a-long-name", "CACHE_KEY": "v2", "STRIPE_API_KEY_ARN": "arn:aws:sns:x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.NoError(t, limits.Variable(name, value))
		})
	}
}

func TestVariablesThatAreSecretsByName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"PASSWORD", "PGPASSWORD", "SMTP_PASS", "SECRET_KEY_BASE", "DB_PASSWORD", "db_password", "dbPassword", "ADMIN_PASSWD", "SMTP_PASSPHRASE", "SESSION_SECRET", "CLIENT_SECRETS",
		"TOKEN", "GITHUB_TOKEN", "APIKEY", "API_KEY", "apiKey", "STRIPE_API_KEY", "PRIVATE_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
		"GOOGLE_CREDENTIALS", "ENCRYPTION_KEY", "SECRET_KEY_BASE64", "PASSWORD_PROD", "PASSWORD2", "TOKEN_1", "API_KEY_STAGING_2", "DB_PASS",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := limits.Variable(name, "hunter22")
			require.EqualError(t, err, byName)
		})
	}
}

func TestVariablesThatAreSecretsByValue(t *testing.T) {
	t.Parallel()
	rest := strings.Repeat("aB3", 14)
	for value, kind := range map[string]string{
		"AKIA" + "IOSFODNN7EXAMPLE":                      "an AWS access key",
		"id=ASIA" + "IOSFODNN7EXAMPLE;":                  "an AWS access key",
		"-----BEGIN RSA " + "PRIVATE KEY-----\nMII":      "a private key",
		"-----BEGIN " + "PRIVATE KEY-----":               "a private key",
		"eyJ" + rest + ".eyJ" + rest + ".sig":            "a signed token (JWT)",
		"ghp_" + rest:                                    "a GitHub token",
		"github_pat_" + rest:                             "a GitHub token",
		"glpat-" + rest:                                  "a GitLab token",
		"npm_" + rest:                                    "an npm token",
		"xoxb-" + rest:                                   "a Slack token",
		"https://hooks.slack.com/services/T0/B0/" + rest: "a Slack webhook",
		"sk_live_" + rest:                                "a Stripe key",
		"whsec_" + rest:                                  "a Stripe key",
		"sk-proj-" + rest:                                "an API key",
		"AIza" + rest[:35]:                               "a Google API key",
		"SG." + rest + "." + rest:                        "a SendGrid key",
		"postgres://app:hunter22@db/app":                 "an address with a password in it",
		"redis://:hunter22@cache:6379":                   "an address with a password in it",
		"host=db user=app password=hunter22":             "a connection string with a password in it",
		"Server=db;User Id=app;Pwd=hunter22;":            "a connection string with a password in it",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			require.EqualError(t, limits.Variable("SETTING", value), "the value looks like "+kind+inPublic)
		})
	}
}

func secret(name, arn string) error { return limits.SecretVariable(name, arn, limits.Home{}) }

func TestVariables(t *testing.T) {
	t.Parallel()
	const (
		onDatabase = "the database supplies it itself; use another name"
		lines      = "the value has more than one line, which Beanstalk refuses; store it as a secret, or encode it in base64"
	)
	const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/mail-AbCdEf"
	run(t, []check{
		{limits.Variable("MAIL", arn), "the value is the ARN of a secret; give it under secrets"},
		{limits.Variable("MAIL", "arn:aws:ssm:eu-west-1:111122223333:parameter/mail"), "the value is the ARN of a secret; give it under secrets"},
		{limits.Variable("LOG-LEVEL", "x"), `"LOG-LEVEL" is not letters, digits and underscores that do not begin with a digit; use a name such as LOG_LEVEL`},
		{limits.Variable("1ST", "x"), `"1ST" is not letters, digits and underscores that do not begin with a digit; use a name such as LOG_LEVEL`},
		{limits.Variable("RDS_PASSWORD", "x"), onDatabase},
		{limits.Variable("RDS_HOSTNAME", "x"), onDatabase},
		{limits.Variable("RDS_APPLICATION_USERNAME", "x"), onDatabase},
		{secret("RDS_APPLICATION_PASSWORD", arn), onDatabase},
		{limits.Variable("RDS_SSLMODE", "require"), ""},
		{limits.Variable("RDS_SSLMODE", "disable"), "the database refuses connections without TLS; use verify-full, or remove it"},
		{limits.Variable("PORT", "9999"), "the load balancer's requests go to the containerPort in Dockerrun.aws.json, regardless of PORT; change it there, or use another name"},
		{secret("PORT", arn), "the load balancer's requests go to the containerPort in Dockerrun.aws.json, regardless of PORT; change it there, or use another name"},
		{limits.Variable("IDLE_TIMEOUT", "30s"), "the environment sets it itself, to more than the load balancer's idle timeout; change idleTimeoutSeconds (IdleTimeout of a policy), or use another name"},
		{limits.Variable("DATABASE_POOL", "50"), "the environment sets it itself, to the number of connections that every check of a release assumes; change connectionsPerInstance (Connections.PerInstance of a policy), or use another name"},
		{limits.Variable("KEY", "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----"), lines},
		{limits.Variable("KEY", "a\rb"), lines},
		{limits.Variable("KEY", "a\u2028b"), lines},
		{limits.Variable("BELL", "\a"), "the value contains a control character; use printable text"},
		{secret("MAIL_PASSWORD", arn), ""},
		{secret("MAIL_PASSWORD", "arn:aws-us-gov:ssm:us-gov-west-1:111122223333:parameter/shop/mail"), ""},
		{secret("RDS_PASSWORD", arn), onDatabase},
		{secret("", arn), `"" is not letters, digits and underscores that do not begin with a digit; use a name such as LOG_LEVEL`},
		{secret("X", "hunter22"), "the value is not an ARN; store the secret in Secrets Manager and give its ARN here"},
		{secret("X", arn+":password::"), "the ARN ends in the name of a JSON key, which the host and ECS read differently; store the value as a plain secret of its own and give that ARN"},
		{secret("X", arn+":password"), "the ARN ends in the name of a JSON key, which the host and ECS read differently; store the value as a plain secret of its own and give that ARN"},
		{secret("X", strings.TrimSuffix(arn, "-AbCdEf")), "the ARN lacks the six characters that Secrets Manager puts after the name; copy it from the secret's page or from `aws secretsmanager describe-secret`"},
		{secret("X", "arn:aws:s3:::bucket"), "the ARN is neither of a secret in Secrets Manager nor of a parameter in SSM Parameter Store; use one such as arn:aws:secretsmanager:eu-west-1:111122223333:secret:name-AbCdEf"},
	})
}

func TestSymbolsThatBeanstalkMayRefuseOrChange(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"": "", "a b_.:/=+-@7": "", `it's "C:\"`: `"'\`, "Grüß Gott\tWelt": "", "https://example.com/?a=b&c={d}": "&?{}", "a,b;c,d": ",;", "100 % $HOME": "$%",
	} {
		assert.Equal(t, want, string(limits.UncertainSymbols(value)), value)
	}
}

func TestVariablesShareTheirRoomWithThoseOfTheEnvironment(t *testing.T) {
	t.Parallel()
	policy := 0
	for name, value := range (rollout.Policy{IdleTimeout: time.Hour, Connections: rollout.Connections{PerInstance: 5000}}).Variables() {
		policy += len(name + "=" + value)
	}
	free := 4096 - 768 - policy
	fill := func(n int) map[string]string { return map[string]string{"A": strings.Repeat("x", n-len("A="))} }
	run(t, []check{
		{limits.VariablesSize(nil, nil), ""},
		{limits.VariablesSize(fill(free), nil), ""},
		{limits.VariablesSize(fill(free-100), fill(100)), ""},
		{limits.VariablesSize(fill(free-100), fill(101)), "variables and secrets take 3293 bytes as name=value and those that the environment sets itself up to 804, 1 more than the 4096 that Beanstalk allows; shorten them or keep them in a file"},
	})
}

func TestSSHPublicKeys(t *testing.T) {
	t.Parallel()
	const make = "make a pair with `ssh-keygen -t rsa -b 4096` and use the content of the .pub file"
	good := publicRSA(t, 2048)
	run(t, []check{
		{limits.SSHPublicKey(good), ""},
		{limits.SSHPublicKey(strings.TrimSpace(good) + " me@example.com"), ""},
		{limits.SSHPublicKey(publicRSA(t, 16384)), ""},
		{limits.SSHPublicKey(publicRSA(t, 1024)), "IAM takes RSA keys of 2048 bits or more and this one has 1024; " + make},
		{limits.SSHPublicKey(publicRSA(t, 16392)), "this is not a public key of SSH, which is one line that begins with ssh-rsa; " + make},
		{limits.SSHPublicKey(publicEd25519(t)), "IAM takes RSA keys only and this one is ssh-ed25519; " + make},
		{limits.SSHPublicKey("-----BEGIN OPENSSH " + "PRIVATE KEY-----\nc2VjcmV0\n"), "this is a private key, and it is no longer a secret where it has been written down; " + make},
		{limits.SSHPublicKey("-----BEGIN PUBLIC KEY-----\nMII\n"), `this is not the form of a public key that begins with ssh-rsa; convert it with "ssh-keygen -i -m PKCS8 -f key.pub"`},
		{limits.SSHPublicKey("ssh-rsa AAAA"), "this is not a public key of SSH, which is one line that begins with ssh-rsa; " + make},
		{limits.SSHPublicKey(good + good), "there is more than one line; use one public key"},
		{limits.SSHPublicKey(`command="ls" ` + good), "there are options before the key; use the line from ssh-rsa on"},
	})
}

// publicRSA is a key of a size that would take long to generate; nobody has the private half.
func publicRSA(t *testing.T, bits uint) string {
	t.Helper()
	n := new(big.Int).SetBit(big.NewInt(1), int(bits)-1, 1)
	key, err := ssh.NewPublicKey(&rsa.PublicKey{N: n, E: 65537})
	require.NoError(t, err)
	return string(ssh.MarshalAuthorizedKey(key))
}

func publicEd25519(t *testing.T) string {
	t.Helper()
	key, err := ssh.NewPublicKey(ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))
	require.NoError(t, err)
	return string(ssh.MarshalAuthorizedKey(key))
}
