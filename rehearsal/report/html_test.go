package report_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/report"
)

func html(t *testing.T, runs ...report.Run) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, report.HTML(&b, runs))
	return b.String()
}

func TestThePageNeedsNothingBesideIt(t *testing.T) {
	t.Parallel()
	page := html(t, compared()...)
	for _, foreign := range []string{"<script", "<link", "<img", "<iframe", "@import", "url(", "src="} {
		assert.NotContains(t, page, foreign)
	}
	for _, link := range regexp.MustCompile(`href="[^"]*"`).FindAllString(page, -1) {
		assert.Contains(t, link, `="#run-`)
	}
}

func TestThePlotsSayInWordsWhatTheyShow(t *testing.T) {
	t.Parallel()
	page := html(t, failing(rehearsed(rolling), 10, 1, 2))
	labels := regexp.MustCompile(`<svg role="img" aria-label="([^"]*)"`).FindAllStringSubmatch(page, -1)
	require.Len(t, labels, 4)
	assert.Equal(t, "Instances over time: 4 on v1 at the beginning; never fewer than 2 in service, planned were 2; 4 on v2 at the end.", labels[0][1])
	assert.Contains(t, labels[1][1], "by the version that answered")
	assert.Contains(t, labels[2][1], "requests failed: ")
	assert.Contains(t, labels[3][1], "p99")
	assert.Equal(t, 4, strings.Count(page, "<figcaption>"))
	assert.Equal(t, strings.Count(page, "<table>"), strings.Count(page, "<caption>"))
}

func TestThePageTellsOfTheWayBack(t *testing.T) {
	t.Parallel()
	page := html(t, healed())
	assert.Contains(t, page, "<p>The way back: the previous version was back after 12.5 s ×20 "+
		"(the pipeline deploys the previous version again), 0 of 150 requests failed meanwhile; in the end: 4 on v1.</p>")
	assert.Contains(t, page, "<caption>The way back: the pipeline deploys the previous version again (")
}

// One drawing serves light and dark, so no colour may stand in it.
func TestThePlotsHaveNoColoursOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, drawing := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(html(t, rehearsed(rolling)), -1) {
		assert.NotRegexp(t, `(fill|stroke):#`, drawing)
		for _, text := range regexp.MustCompile(`(?s)<text.*?>`).FindAllString(drawing, -1) {
			assert.Contains(t, text, "fill:var(--text)")
		}
	}
}

func TestNamesAreNoMarkup(t *testing.T) {
	t.Parallel()
	r := rehearsed(rolling)
	r.From, r.To = `<script>alert("1")</script>`, "v2\x1b[31m"
	r.Results = load.Collect(noon, noon, func(yield func(load.Sample) bool) {
		yield(load.Sample{At: noon, Version: r.From, Kind: load.KeepAlive})
		yield(load.Sample{At: noon, Version: r.To, Kind: load.KeepAlive, Failure: load.Timeout})
	})
	page := html(t, r)
	assert.NotContains(t, page, "<script")
	assert.Contains(t, page, "&lt;script&gt;")
	assert.NotContains(t, text(r), "\x1b")
}

func TestAPageWithoutRequests(t *testing.T) {
	t.Parallel()
	r := rehearsed(rolling)
	r.Results = nil
	page := html(t, r)
	assert.Contains(t, page, "nothing was measured")
	assert.NotContains(t, page, "<svg")
}
