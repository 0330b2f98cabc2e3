package constructs_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The CLI prints what a construct is annotated with at every synth, also where nothing has changed.
func TestWhatIsSwitchedOffOrUncertainIsShownAtEverySynth(t *testing.T) {
	const (
		allowed   = " (allowed: a demo)"
		http      = "port 80 serves plain HTTP, which everyone on the way can read and change" + allowed
		keepAlive = "the load balancer keeps unused connections for 90 s, and the application has to keep them longer or requests fail: " +
			"the starter reads IDLE_TIMEOUT=105s, any other application has to"
		symbols = "the variable FEATURES contains ,;, but Elastic Beanstalk takes only letters, digits, white space and _.:/=+-@ as they are " +
			"and may refuse or change others; check it after the first deployment, or store it as a secret"
	)
	var got []string
	for _, finding := range findings {
		assert.False(t, finding.Fails(), finding.Error())
		for _, path := range finding.Paths {
			got = append(got, path+": "+finding.Description)
		}
	}
	slices.Sort(got)
	assert.Equal(t, []string{
		"Approval/first: port 80 serves plain HTTP, which everyone on the way can read and change" + allowed,
		"Approval/second: port 80 serves plain HTTP, which everyone on the way can read and change" + allowed,
		"Encrypted/production: port 80 serves plain HTTP, which everyone on the way can read and change" + allowed,
		"Encrypted/staging: port 80 serves plain HTTP, which everyone on the way can read and change" + allowed,
		"Everything/Database: the database is deleted with its stack, without a final snapshot" + allowed,
		"Everything/Network: the flow log is deleted with its stack" + allowed,
		"Everything/Pipeline: .ebextensions of the repository is deployed and can change what the template decided" + allowed,
		"Everything/Pipeline: .platform of the repository is deployed and can change what the template decided (allowed: a swap file)",
		"Everything/Pipeline: images, artifacts and logs of builds are deleted with their stack" + allowed,
		"Everything/Pipeline: the image public.ecr.aws/nginx/nginx:1.28 is deployed although the pipeline does not build it (allowed: a proxy)",
		"Everything/Production: logs are deleted with the environment" + allowed,
		"Everything/Production: the instances may connect to tcp/587 at any address (allowed: mail through SMTP)",
		"Everything/Production: the instances may connect to udp/4500-4510 at any address (allowed: a tunnel to the office)",
		"Everything/Production: " + keepAlive,
		"Everything/Production: " + symbols,
		"Everything/Repository: the Git repository is deleted with its stack" + allowed,
		"Everything/Staging: logs are deleted with the environment" + allowed,
		"Everything/Staging: port 80 serves plain HTTP, which everyone on the way can read and change (allowed: old links lead here)",
		"Everything/Staging: the instances may connect to every port at any address (allowed: a proxy decides)",
		"Everything/Staging: " + keepAlive,
		"Everything/Staging: " + symbols,
		"Methods/AllAtOnce: AllAtOnce leaves 0 of 2 instances in service" + allowed,
		"Methods/AllAtOnce: " + http,
		"Methods/BlueGreen: " + http,
		"Methods/Immutable: " + http,
		"Methods/Rolling: " + http,
		"Methods/RollingWithAdditionalBatch: " + http,
		"Methods/TrafficSplitting: " + http,
		"Smallest/Web: " + http,
	}, got)
}
