package main

import (
	"encoding/json"
	"strings"

	"github.com/higress-group/proxy-wasm-go-sdk/proxywasm"
	"github.com/higress-group/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() {
	proxywasm.SetPluginContext(func(uint32) types.PluginContext { return &calls{} })
}

// calls are those of the configuration, by the names that Higress's clusters have: outbound|PORT||HOST.
type calls struct {
	types.DefaultPluginContext
	users, redis string
}

func cluster(service, port string) string { return "outbound|" + port + "||" + service }

func (c *calls) OnPluginStart(int) types.OnPluginStartStatus {
	data, err := proxywasm.GetPluginConfiguration()
	if err != nil {
		return types.OnPluginStartStatusFailed
	}
	var config struct {
		ServiceName string `json:"serviceName"`
		ServicePort string `json:"servicePort"`
		Redis       struct {
			ServiceName string `json:"service_name"`
		} `json:"redis"`
	}
	if err := json.Unmarshal(data, &config); err != nil {
		proxywasm.LogErrorf("configuration: %v", err)
		return types.OnPluginStartStatusFailed
	}
	c.users = cluster(config.ServiceName, config.ServicePort)
	c.redis = cluster(config.Redis.ServiceName, "6379") + "?db=1"
	if err := proxywasm.RedisInit(c.redis, "", "", 2000); err != nil {
		proxywasm.LogErrorf("Redis: %v", err)
	}
	return types.OnPluginStartStatusOK
}

func (c *calls) NewHttpContext(uint32) types.HttpContext { return &request{calls: c} }

type request struct {
	types.DefaultHttpContext
	*calls
}

func (r *request) OnHttpRequestHeaders(int, bool) types.Action {
	head := [][2]string{{":method", "GET"}, {":path", "/me"}, {":authority", "users.example"}}
	if _, err := proxywasm.DispatchHttpCall(r.users, head, nil, nil, 2000, r.known); err != nil {
		return r.answer(err.Error())
	}
	return types.HeaderStopAllIterationAndWatermark
}

func (r *request) known(_, size, _ int) {
	body, _ := proxywasm.GetHttpCallResponseBody(0, size)
	if err := proxywasm.AddHttpRequestHeader("x-user", string(body)); err != nil {
		proxywasm.LogErrorf("add a header: %v", err)
	}
	query := []byte("*2\r\n$4\r\nINCR\r\n$4\r\nseen\r\n")
	if _, err := proxywasm.DispatchRedisCall(r.redis, query, r.counted); err != nil {
		r.answer(err.Error())
	}
}

func (r *request) counted(status, size int) {
	reply, _ := proxywasm.GetRedisCallResponse(0, size)
	if status != 0 {
		reply = []byte("failed")
	}
	if err := proxywasm.AddHttpRequestHeader("x-seen", strings.TrimSpace(string(reply))); err != nil {
		proxywasm.LogErrorf("add a header: %v", err)
	}
	if err := proxywasm.ResumeHttpRequest(); err != nil {
		proxywasm.LogErrorf("resume: %v", err)
	}
}

func (r *request) answer(why string) types.Action {
	if err := proxywasm.SendHttpResponse(502, nil, []byte(why), -1); err != nil {
		proxywasm.LogErrorf("answer: %v", err)
	}
	return types.HeaderStopAllIterationAndWatermark
}
