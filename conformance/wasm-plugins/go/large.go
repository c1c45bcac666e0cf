//go:build large

package main

import (
	"encoding/json"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
)

// Makes the module as large as one with libraries: bench/plugins loads it.
func init() {
	var parsed any
	if err := json.Unmarshal([]byte("{}"), &parsed); err != nil {
		proxywasm.LogErrorf("JSON: %v", err)
	}
}
