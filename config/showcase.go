package config

import "reflect"

// IsShowcase reports whether c is the configuration that cdk.json ships, account and region aside.
func (c Config) IsShowcase() bool {
	c.Account, c.Region = "", ""
	showcase, err := Load(nil)
	return err == nil && reflect.DeepEqual(c, showcase)
}
