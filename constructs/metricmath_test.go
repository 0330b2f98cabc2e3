package constructs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/constructstest"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/release"
)

// minute is what was published in a minute, by the ID of the metric. What is not in it was not
// published.
type minute map[string]float64

// ofMetrics is what an alarm of one environment, or of the first of two, finds of metrics in a minute. The
// names are those that CloudWatch knows, so what the alarm does not ask for does not reach it.
func ofMetrics(t *testing.T, alarm constructstest.Resource, site int, metrics map[string]float64) minute {
	t.Helper()
	found := minute{}
	all, _ := alarm.At("Metrics").([]any)
	for _, m := range all {
		id, name := fmt.Sprint(constructstest.At(m, "Id")), constructstest.At(m, "MetricStat.Metric.MetricName")
		if name == nil || !strings.HasSuffix(id, fmt.Sprint(site)) && name != release.MetricExcused {
			continue
		}
		if value, published := metrics[name.(string)]; published {
			found[id] = value
		}
	}
	return found
}

// breaches computes what an alarm sees in a minute, as CloudWatch documents its metric math (User
// Guide, "Using metric math"), and compares it with the threshold. Its expressions are Go
// expressions but for the brackets of lists.
//
// Whether FILL has something to fill in where a metric was never published is not documented, so
// both readings have to come to the same.
func breaches(t *testing.T, alarm constructstest.Resource, published minute) bool {
	t.Helper()
	filled, unfilled := breachesIf(t, alarm, published, true), breachesIf(t, alarm, published, false)
	require.Equal(t, filled, unfilled, "whatever FILL does")
	return filled
}

func breachesIf(t *testing.T, alarm constructstest.Resource, published minute, fills bool) bool {
	t.Helper()
	expressions, result := map[string]string{}, ""
	metrics, _ := alarm.At("Metrics").([]any)
	for _, m := range metrics {
		id := fmt.Sprint(constructstest.At(m, "Id"))
		if text, ok := constructstest.At(m, "Expression").(string); ok {
			expressions[id] = text
			if constructstest.At(m, "ReturnData") != false {
				result = id
			}
		}
	}
	require.NotEmpty(t, result, "one expression is the result")
	value, there := evaluator{t, expressions, published, fills}.metric(result)
	if !there {
		return alarm.At("TreatMissingData") == "breaching"
	}
	threshold, ok := alarm.At("Threshold").(float64)
	require.True(t, ok)
	switch alarm.At("ComparisonOperator") {
	case "GreaterThanThreshold":
		return value > threshold
	case "GreaterThanOrEqualToThreshold":
		return value >= threshold
	case "LessThanThreshold":
		return value < threshold
	}
	t.Fatalf("unknown operator %v", alarm.At("ComparisonOperator"))
	return false
}

type evaluator struct {
	t           *testing.T
	expressions map[string]string
	published   minute
	fills       bool
}

// metric is the value of an ID, and whether there is one.
func (e evaluator) metric(id string) (float64, bool) {
	text, computed := e.expressions[id]
	if !computed {
		value, there := e.published[id]
		return value, there
	}
	text = strings.NewReplacer("IF(", "IF_(", "[", "LIST(", "]", ")").Replace(text)
	tree, err := parser.ParseExpr(text)
	require.NoError(e.t, err, text)
	return e.value(tree)
}

func (e evaluator) value(node ast.Expr) (float64, bool) {
	switch n := node.(type) {
	case *ast.ParenExpr:
		return e.value(n.X)
	case *ast.BasicLit:
		value, err := strconv.ParseFloat(n.Value, 64)
		require.NoError(e.t, err)
		return value, true
	case *ast.Ident:
		return e.metric(n.Name)
	case *ast.CallExpr:
		return e.call(n)
	case *ast.BinaryExpr:
		return e.binary(n)
	}
	e.t.Fatalf("unknown expression %T", node)
	return 0, false
}

// binary takes what is missing for zero in arithmetic, and has no value where both are missing, where
// something missing is compared, or where it would divide by zero.
func (e evaluator) binary(n *ast.BinaryExpr) (float64, bool) {
	x, left := e.value(n.X)
	y, right := e.value(n.Y)
	if arithmetic := strings.Contains("+-*/", n.Op.String()); !left && !right || !arithmetic && !(left && right) {
		return 0, false
	}
	truth := map[bool]float64{true: 1}
	switch n.Op.String() {
	case "+":
		return x + y, true
	case "-":
		return x - y, true
	case "*":
		return x * y, true
	case "/":
		return x / y, y != 0
	case ">":
		return truth[x > y], true
	case ">=":
		return truth[x >= y], true
	case "<":
		return truth[x < y], true
	}
	e.t.Fatalf("unknown operator %s", n.Op)
	return 0, false
}

func (e evaluator) call(n *ast.CallExpr) (float64, bool) {
	switch name := n.Fun.(*ast.Ident).Name; name {
	case "FILL":
		if value, there := e.value(n.Args[0]); there {
			return value, true
		}
		if !e.fills {
			return 0, false
		}
		return e.value(n.Args[1])
	case "IF_":
		condition, there := e.value(n.Args[0])
		if !there {
			return 0, false
		}
		if condition != 0 {
			return e.value(n.Args[1])
		}
		return e.value(n.Args[2])
	case "MAX":
		most, any := 0.0, false
		for _, item := range n.Args[0].(*ast.CallExpr).Args {
			if value, there := e.value(item); there {
				most, any = max(most, value), true
			}
		}
		return most, any
	default:
		e.t.Fatalf("unknown function %s", name)
	}
	return 0, false
}
