package config_test

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/zero-downtime-beanstalk/zero-downtime-beanstalk/config"
)

// plainHTTP is why the showcase has no certificate.
const plainHTTP = `"allowHTTP": "a showcase without a domain of its own"`

// load is config.Load for tests that are not about HTTP: the environments in the context, whatever else
// is wrong with it, say why they have no certificate.
func load[T string | []byte | json.RawMessage](context T) (config.Config, error) {
	return config.Load([]byte(reasoned(string(context))))
}

func reasoned(context string) string {
	decoder := json.NewDecoder(strings.NewReader(context))
	around, starts := "", []int64{}
	for token, err := decoder.Token(); err == nil; token, err = decoder.Token() {
		switch delimiter, _ := token.(json.Delim); delimiter {
		case '{', '[':
			if around += delimiter.String(); around == "{[{" {
				starts = append(starts, decoder.InputOffset())
			}
		case '}', ']':
			around = around[:len(around)-1]
		}
	}
	for _, at := range slices.Backward(starts) {
		rest, comma := context[at:], ", "
		if strings.HasPrefix(strings.TrimSpace(rest), "}") {
			comma = ""
		}
		context = context[:at] + plainHTTP + comma + rest
	}
	return context
}
