package config

import "reflect"

// showcaseHTTP is why the environment that exists where none is configured serves plain HTTP.
const showcaseHTTP = "a showcase without a domain of its own"

// IsShowcase reports whether c is the configuration that this repository ships, in whichever account
// and region. Its risks are those of a demonstration, so synth does not warn of them.
func (c Config) IsShowcase() bool {
	shipped, err := Load(nil)
	c.Account, c.Region = "", ""
	return err == nil && reflect.DeepEqual(c, shipped)
}
