package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() {
	proxywasm.SetPluginContext(func(uint32) types.PluginContext { return &greeting{} })
}

type greeting struct {
	types.DefaultPluginContext
	word string
}

func (g *greeting) OnPluginStart(int) types.OnPluginStartStatus {
	config, err := proxywasm.GetPluginConfiguration()
	if err != nil {
		return types.OnPluginStartStatusFailed
	}
	g.word = string(config)
	return types.OnPluginStartStatusOK
}

func (g *greeting) NewHttpContext(uint32) types.HttpContext { return &request{word: g.word} }

type request struct {
	types.DefaultHttpContext
	word string
}

func (r *request) OnHttpRequestHeaders(int, bool) types.Action {
	if user, _ := proxywasm.GetHttpRequestHeader("x-user"); user == "nobody" {
		if err := proxywasm.SendHttpResponse(403, [][2]string{{"x-wasm", r.word}}, []byte("not you"), -1); err != nil {
			proxywasm.LogErrorf("answer: %v", err)
		}
		return types.ActionPause
	}
	if err := proxywasm.AddHttpRequestHeader("x-wasm", r.word); err != nil {
		proxywasm.LogErrorf("add a header: %v", err)
	}
	return types.ActionContinue
}

func (r *request) OnHttpResponseHeaders(int, bool) types.Action {
	if err := proxywasm.AddHttpResponseHeader("x-wasm", r.word); err != nil {
		proxywasm.LogErrorf("add a header: %v", err)
	}
	return types.ActionContinue
}
