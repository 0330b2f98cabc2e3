package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/rehearsal/load"
)

// number groups digits by thousands.
func number(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// factor is a speed, as it stands behind figures of time.
func factor(speed float64) string { return "×" + strconv.FormatFloat(speed, 'g', 4, 64) }

// timed is a measured duration and the speed at which it was measured.
func timed(d time.Duration, speed float64) string { return short(d) + " " + factor(speed) }

func short(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + short(-d)
	case d == 0:
		return "0 s"
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < 999500*time.Microsecond:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond)/time.Millisecond)
	case d < 59950*time.Millisecond:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	d = d.Round(time.Second)
	return fmt.Sprintf("%d min %02d s", d/time.Minute, d%time.Minute/time.Second)
}

// outOf is how many requests failed of how many.
func outOf(failed, requests int) string { return number(failed) + " of " + number(requests) }

// instances is a number of instances of a version. Old ones come first.
func (r Run) instances(left map[string]int) string {
	var parts []string
	for _, version := range r.versions(left) {
		if n := left[version]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d on %s", n, version))
		}
	}
	if len(parts) == 0 {
		return "none in service"
	}
	return strings.Join(parts, ", ")
}

// versions orders names: the old version, the new one, any others, and last those without an answer.
func (r Run) versions(names map[string]int) []string {
	rank := map[string]string{r.From: "\x00", r.To: "\x01", "": "\xff"}
	key := func(v string) string {
		if k, known := rank[v]; known {
			return k
		}
		return v
	}
	return slices.SortedFunc(maps.Keys(names), func(a, b string) int { return strings.Compare(key(a), key(b)) })
}

// failures lists the ways in which requests failed, the most frequent first.
func failures(counts map[load.Failure]int) string {
	ways := slices.SortedFunc(maps.Keys(counts), func(a, b load.Failure) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(string(a), string(b))
	})
	parts := make([]string, len(ways))
	for i, way := range ways {
		parts[i] = fmt.Sprintf("%s × %s", number(counts[way]), way)
	}
	return strings.Join(parts, ", ")
}

// chart draws instances as rollout's description of a plan does.
func chart(old, new, out int) string {
	if old+new+out > chartMarks {
		return fmt.Sprintf("%d# %d* %d.", old, new, out)
	}
	return strings.Repeat("#", max(old, 0)) + strings.Repeat("*", max(new, 0)) + strings.Repeat(".", max(out, 0))
}

// chartMarks is how many instances are drawn one by one.
const chartMarks = 40

const legend = "# old version, * new version, . not in service"

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
