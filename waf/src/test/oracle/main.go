// The second engine: reads requests and responses as JSON lines, judges them with Coraza and the same rules, and writes the ids of
// the rules that it logs.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
	"github.com/corazawaf/coraza/v3"
)

type exchange struct {
	Name           string
	Method         string
	Target         string
	Protocol       string
	Fields         [][2]string
	Body           []byte
	Status         int
	ResponseFields [][2]string
	ResponseBody   []byte
}

type verdict struct {
	Name string
	Ids  []int
}

func main() {
	waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithRootFS(coreruleset.FS).WithDirectives(os.Args[1]))
	if err != nil {
		panic(err)
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var e exchange
		if err := json.Unmarshal(in.Bytes(), &e); err != nil {
			panic(err)
		}
		_ = out.Encode(verdict{e.Name, judge(waf, e)})
	}
}

func judge(waf coraza.WAF, e exchange) []int {
	tx := waf.NewTransactionWithID("0123456789abcdef")
	tx.ProcessConnection("127.0.0.1", 40000, "127.0.0.1", 80)
	tx.ProcessURI(e.Target, e.Method, e.Protocol)
	for _, f := range e.Fields {
		tx.AddRequestHeader(f[0], f[1])
	}
	tx.ProcessRequestHeaders()
	_, _, _ = tx.WriteRequestBody(e.Body)
	_, _ = tx.ProcessRequestBody()
	for _, f := range e.ResponseFields {
		tx.AddResponseHeader(f[0], f[1])
	}
	tx.ProcessResponseHeaders(e.Status, "HTTP/1.1")
	if tx.IsResponseBodyProcessable() {
		_, _, _ = tx.WriteResponseBody(e.ResponseBody)
	}
	_, _ = tx.ProcessResponseBody()
	tx.ProcessLogging()
	ids := []int{}
	for _, m := range tx.MatchedRules() {
		if l, ok := m.(interface{ Log() bool }); ok && l.Log() {
			ids = append(ids, m.Rule().ID())
		}
	}
	_ = tx.Close()
	return ids
}
