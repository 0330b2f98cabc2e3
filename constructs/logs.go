package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
)

// retentions are CDK's names for the days that Beanstalk and CloudWatch Logs both accept.
var retentions = map[int]awslogs.RetentionDays{
	1:    awslogs.RetentionDays_ONE_DAY,
	3:    awslogs.RetentionDays_THREE_DAYS,
	5:    awslogs.RetentionDays_FIVE_DAYS,
	7:    awslogs.RetentionDays_ONE_WEEK,
	14:   awslogs.RetentionDays_TWO_WEEKS,
	30:   awslogs.RetentionDays_ONE_MONTH,
	60:   awslogs.RetentionDays_TWO_MONTHS,
	90:   awslogs.RetentionDays_THREE_MONTHS,
	120:  awslogs.RetentionDays_FOUR_MONTHS,
	150:  awslogs.RetentionDays_FIVE_MONTHS,
	180:  awslogs.RetentionDays_SIX_MONTHS,
	365:  awslogs.RetentionDays_ONE_YEAR,
	400:  awslogs.RetentionDays_THIRTEEN_MONTHS,
	545:  awslogs.RetentionDays_EIGHTEEN_MONTHS,
	731:  awslogs.RetentionDays_TWO_YEARS,
	1827: awslogs.RetentionDays_FIVE_YEARS,
	3653: awslogs.RetentionDays_TEN_YEARS,
}

func retention(days int) awslogs.RetentionDays { return retentions[days] }

// logSettings are what all log groups of a construct have in common.
type logSettings struct {
	days       int
	disposable string      // the reason why they may be deleted with their stack
	key        awskms.IKey // nil for the key of CloudWatch Logs
}

// newLogGroup defines a log group. It outlives its stack unless there is a reason to let it go: after an
// incident it may be all that tells what happened. CloudFormation makes up its name, so what an earlier
// deployment left is not in the way.
func newLogGroup(scope constructs.Construct, id string, settings logSettings) awslogs.LogGroup {
	if settings.key != nil {
		admit(scope, settings.key, keyForLogs)
	}
	return awslogs.NewLogGroup(scope, &id, &awslogs.LogGroupProps{
		Retention:     retention(settings.days),
		EncryptionKey: settings.key,
		RemovalPolicy: removalOf(settings.disposable),
	})
}
