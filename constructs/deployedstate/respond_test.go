package deployedstate_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnswerReachesCloudFormation(t *testing.T) {
	t.Parallel()
	given := scenario{
		Events: []event{update(nil)}, RemainingMs: longEnough,
		AWS: runs(environments(environment("Ready", "v42"))),
	}
	bad := given
	bad.PutStatuses = []int{500, 503}
	hopeless := given
	hopeless.PutStatuses = []int{403, 403, 403, 403, 403}
	failing := given
	failing.AWS = account(map[string][]reply{"DescribeEnvironments": {{
		Error: "E", Message: strings.Repeat(`"\`, 5_000),
	}}})

	keep(t, []promise{
		{
			name: "in the form it wants", given: given,
			holds: func(t *testing.T, got result) {
				assert.Equal(t, map[string]any{
					"Status": "SUCCESS", "Reason": "shop-live keeps its version and platform",
					"PhysicalResourceId": "deployed-state",
					"StackId":            "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1",
					"RequestId":          "request-1",
					"LogicalResourceId":  "DeployedState",
					"Data":               map[string]any{"PlatformArn": "keep", "VersionLabel": "keep"},
				}, got.answer(t))
			},
		},
		{
			name: "with the headers that the URL was signed for", given: given,
			holds: func(t *testing.T, got result) {
				require.Len(t, got.Puts, 1)
				assert.Equal(t, "PUT", got.Puts[0].Method)
				require.Contains(t, got.Puts[0].Headers, "content-type")
				assert.Empty(t, got.Puts[0].Headers["content-type"])
				assert.Equal(t, strconv.Itoa(got.Puts[0].Bytes), got.Puts[0].Headers["content-length"])
				assert.NotContains(t, got.Puts[0].Headers, "transfer-encoding")
			},
		},
		{
			name: "under the limit of 4096 bytes, whatever a service says", given: failing,
			holds: func(t *testing.T, got result) {
				assert.Equal(t, "FAILED", got.answer(t)["Status"])
				assert.Less(t, got.Puts[0].Bytes, 4096)
			},
		},
		{
			name: "when it is refused twice", given: bad,
			holds: func(t *testing.T, got result) {
				assert.Equal(t, "SUCCESS", got.answer(t)["Status"])
				assert.Len(t, got.Puts, 3)
				assert.Equal(t, []int{200, 400}, got.Pauses)
				assert.Empty(t, got.Thrown)
			},
		},
		{
			name: "or Lambda is made to try again", given: hopeless,
			holds: func(t *testing.T, got result) {
				assert.Empty(t, got.Answers)
				assert.Len(t, got.Puts, 5)
				assert.Contains(t, got.Thrown, "did not take the answer")
			},
		},
		{
			name: "and the presigned URL is never logged", given: bad,
			holds: func(t *testing.T, got result) {
				require.NotEmpty(t, got.Log)
				assert.NotContains(t, strings.Join(got.Log, "\n"), "SECRET")
			},
		},
	})
}
