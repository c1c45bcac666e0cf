//go:build large

package main

import (
	"encoding/json"
	"strings"
	"text/template"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
)

// Makes the module as large as one with libraries: bench/plugins loads it.
func init() {
	var out strings.Builder
	if err := template.Must(template.New("").Parse("{{.}}")).Execute(&out, json.Valid([]byte("{}"))); err != nil {
		proxywasm.LogErrorf("template: %v", err)
	}
}
