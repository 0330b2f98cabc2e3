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
		"Everything/Database: the database is deleted with its stack, without a final snapshot" + allowed,
		"Everything/Pipeline: .ebextensions of the repository is deployed and can change what the template decided" + allowed,
		"Everything/Pipeline: .platform of the repository is deployed and can change what the template decided (allowed: a swap file)",
		"Everything/Pipeline: images and artifacts are deleted with their stack" + allowed,
		"Everything/Pipeline: the image public.ecr.aws/nginx/nginx:1.28 is deployed although the pipeline does not build it (allowed: a proxy)",
		"Everything/Production: " + keepAlive,
		"Everything/Production: " + symbols,
		"Everything/Repository: the Git repository is deleted with its stack" + allowed,
		"Everything/Staging: " + keepAlive,
		"Everything/Staging: " + symbols,
		"Methods/AllAtOnce: AllAtOnce leaves 0 of 2 instances in service" + allowed,
	}, got)
}
