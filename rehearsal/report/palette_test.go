package report

import (
	"image/color"
	"math"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// luminance and contrast are as WCAG 2 defines them.
func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		if s := float64(v) / 255; s > 0.04045 {
			return math.Pow((s+0.055)/1.055, 2.4)
		}
		return float64(v) / 255 / 12.92
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func contrast(a, b color.RGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestColoursCanBeTold(t *testing.T) {
	t.Parallel()
	pages := regexp.MustCompile(`--page: #([0-9a-f]{6}); --panel: #([0-9a-f]{6}); --good: #([0-9a-f]{6}); --bad: #([0-9a-f]{6})`).
		FindAllStringSubmatch(pageSource, -1)
	require.Len(t, pages, 2, "light and dark")
	for i, shade := range []func(ink) color.RGBA{func(i ink) color.RGBA { return i.light }, func(i ink) color.RGBA { return i.dark }} {
		var page [4]color.RGBA
		for n := range page {
			value, err := strconv.ParseUint(pages[i][n+1], 16, 32)
			require.NoError(t, err)
			page[n] = rgb(uint32(value))
		}
		for _, ink := range inks {
			least := 3.0
			switch ink.name {
			case "text":
				least = 7
			case "grid":
				least = 1.2
			}
			assert.GreaterOrEqual(t, contrast(shade(ink), page[0]), least, ink.name)
		}
		assert.GreaterOrEqual(t, contrast(page[2], page[1]), 4.5, "good")
		assert.GreaterOrEqual(t, contrast(page[3], page[1]), 4.5, "bad")
	}
}

// The page finds each ink by its light shade.
func TestInksDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{"#000000": true}
	for _, ink := range inks {
		assert.False(t, seen[hex(ink.light)], ink.name)
		seen[hex(ink.light)] = true
	}
}
