package report

import (
	"fmt"
	"image/color"
	"strings"
)

// ink is a colour of the plots. It is drawn as its light shade; the page replaces that by a variable,
// so that one drawing serves light and dark.
type ink struct {
	name        string
	light, dark color.RGBA
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 0xff}
}

// The inks. All differ, for each is found by its shade, and none is pure black, which the drawing
// library leaves out. Against the page each has a contrast of at least 3, text and axes of 7.
var (
	inkText   = ink{"text", rgb(0x1b1f27), rgb(0xe7eaf0)}
	inkGrid   = ink{"grid", rgb(0xd9dde4), rgb(0x333945)}
	inkStep   = ink{"step", rgb(0x6a7280), rgb(0x98a1b0)}
	inkOld    = ink{"old", rgb(0x2563b8), rgb(0x5f9df0)}
	inkNew    = ink{"new", rgb(0xbf5b04), rgb(0xf29b45)}
	inkOut    = ink{"out", rgb(0x8a919d), rgb(0x6f7886)}
	inkFailed = ink{"failed", rgb(0xc2252e), rgb(0xff6f74)}
	inkP50    = ink{"p50", rgb(0x1d7a46), rgb(0x55c389)}
	inkP99    = ink{"p99", rgb(0x7a3fb0), rgb(0xc596f5)}
)

var inks = []ink{inkText, inkGrid, inkStep, inkOld, inkNew, inkOut, inkFailed, inkP50, inkP99}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }

// variables declares the inks for a style sheet.
func variables(shade func(ink) color.RGBA) string {
	var b strings.Builder
	for _, i := range inks {
		fmt.Fprintf(&b, "--%s: %s; ", i.name, hex(shade(i)))
	}
	return b.String()
}

// themed replaces the shades in a drawing by the variables.
func themed(svg string) string {
	var pairs []string
	for _, i := range inks {
		pairs = append(pairs, ":"+hex(i.light), fmt.Sprintf(":var(--%s)", i.name))
	}
	return strings.NewReplacer(pairs...).Replace(svg)
}
