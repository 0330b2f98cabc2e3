package report

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTicksAreFewAndRound(t *testing.T) {
	t.Parallel()
	labels := func(most roundTicks, low, high float64) (all []string) {
		for _, tick := range most.Ticks(low, high) {
			all = append(all, tick.Label)
		}
		return all
	}
	assert.Equal(t, []string{"0", "1", "2", "3", "4"}, labels(5, 0, 4.3))
	assert.Equal(t, []string{"-5", "0", "5", "10"}, labels(5, -5, 14))
	assert.Equal(t, []string{"0", "0.2", "0.4", "0.6", "0.8", "1"}, labels(5, 0, 1))
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		low, high := -10*random.Float64(), 0.01+random.ExpFloat64()*1000
		n := len(roundTicks(12).Ticks(low, high))
		assert.True(t, n >= 3 && n <= 13, "%d ticks from %v to %v", n, low, high)
	}
}
