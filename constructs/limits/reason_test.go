package limits_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/constructs/limits"
)

func TestReasonsThatSayWhy(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "a demo", "internal tool", "a demo, gone by Friday", "no customers at night", "a sidecar that is known to fail", "for CI",
		"Demo-Umgebung ohne Kunden", "pas de clients la nuit", "no data worth keeping: delete at will", "load test #4", "to keep costs low", "nobody uses it on Sundays",
		"デモ環境 金曜日まで",
	} {
		assert.NoError(t, limits.Reason(text, "everything may be deleted"), text)
	}
}

func TestWordsThatNegateOrSayNothingAreNoReason(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		" ", "…", "-", "0", "1 2 3", "true", "Yes.", "ok", "none", "null", "nope", "n/a", "no reason", "undefined", "retain", "nein", "default",
		"TODO", "to do later", "why", "why?", "demo", "kein Grund", "sans raison", "geen reden", "sin motivo", "нет", "理由 なし", "not disposable",
		"do it", "keep it", "don't delete", "it may be deleted", "not yet decided", "NONE / NULL",
	} {
		assert.EqualError(t, limits.Reason(text, "everything may be deleted"),
			fmt.Sprintf("%q is not a reason; explain in two words or more why everything may be deleted, or leave it out", text))
	}
}

func TestADemandForTheContraryIsNoReason(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"must not be deleted by anyone outside the team", "never delete the production database", "please keep the customers' data",
		"Datenbank nicht löschen", "ne pas supprimer la base", "retain all snapshots", "no downtime in production", "don't ever remove production",
	} {
		assert.EqualError(t, limits.Reason(text, "everything may be deleted"),
			fmt.Sprintf("%q can be read as a refusal; explain in other words why everything may be deleted, or leave it out", text))
	}
}
