package synth_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/internal/synth"
)

func TestFindingsCountWhatCDKListsByTheHundred(t *testing.T) {
	finding := synth.Finding{Rule: "E3025", Paths: []string{"data/Database"}}
	finding.Description = "'db.m99g.large' is not one of ['" + strings.Repeat("db.t1.micro', '", 300) + "db.x2g.large'] in 'us-east-1'"
	assert.EqualError(t, finding, "data/Database: 'db.m99g.large' is not one of the 301 that CDK knows in 'us-east-1' (E3025)")
	finding.Description = "'x' is not one of ['a', 'b']"
	assert.EqualError(t, finding, "data/Database: 'x' is not one of ['a', 'b'] (E3025)")
}
