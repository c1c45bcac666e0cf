package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() {
	proxywasm.SetPluginContext(func(uint32) types.PluginContext { return &plugin{} })
}

type plugin struct {
	types.DefaultPluginContext
	word string
}

func (g *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	config, err := proxywasm.GetPluginConfiguration()
	if err != nil {
		return types.OnPluginStartStatusFailed
	}
	g.word = string(config)
	return types.OnPluginStartStatusOK
}

func (g *plugin) NewHttpContext(uint32) types.HttpContext { return &request{word: g.word} }

type request struct {
	types.DefaultHttpContext
	word string
}

func (r *request) OnHttpRequestHeaders(int, bool) types.Action {
	if user, _ := proxywasm.GetHttpRequestHeader("x-user"); user == "mallory" {
		if err := proxywasm.SendHttpResponse(403, [][2]string{{"x-@NAME@", r.word}}, []byte("Not you.\n"), -1); err != nil {
			proxywasm.LogErrorf("answer: %v", err)
		}
		return types.ActionPause
	}
	if err := proxywasm.AddHttpRequestHeader("x-@NAME@", r.word); err != nil {
		proxywasm.LogErrorf("add a header: %v", err)
	}
	return types.ActionContinue
}

func (r *request) OnHttpResponseHeaders(int, bool) types.Action {
	if err := proxywasm.AddHttpResponseHeader("x-@NAME@", r.word); err != nil {
		proxywasm.LogErrorf("add a header: %v", err)
	}
	return types.ActionContinue
}
