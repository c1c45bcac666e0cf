// An external processing server: adds a header to requests, and answers those for paths that end with /closed itself.
package main

import (
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"strings"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extproc "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/grpc"
)

type server struct {
	extproc.UnimplementedExternalProcessorServer
}

func (server) Process(stream extproc.ExternalProcessor_ProcessServer) error {
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(answer(message)); err != nil {
			return err
		}
	}
}

func answer(message *extproc.ProcessingRequest) *extproc.ProcessingResponse {
	switch part := message.Request.(type) {
	case *extproc.ProcessingRequest_RequestHeaders:
		if strings.HasSuffix(header(part.RequestHeaders, ":path"), "/closed") {
			return &extproc.ProcessingResponse{Response: &extproc.ProcessingResponse_ImmediateResponse{
				ImmediateResponse: &extproc.ImmediateResponse{
					Status: &typev3.HttpStatus{Code: typev3.StatusCode_Forbidden}, Body: []byte("closed\n")}}}
		}
		return &extproc.ProcessingResponse{Response: &extproc.ProcessingResponse_RequestHeaders{
			RequestHeaders: &extproc.HeadersResponse{Response: &extproc.CommonResponse{
				HeaderMutation: &extproc.HeaderMutation{SetHeaders: []*core.HeaderValueOption{{
					AppendAction: core.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
					Header:       &core.HeaderValue{Key: "x-plugin", RawValue: []byte("go")}}}}}}}}
	case *extproc.ProcessingRequest_ResponseHeaders:
		return &extproc.ProcessingResponse{Response: &extproc.ProcessingResponse_ResponseHeaders{}}
	default: // the configuration asks for heads only
		return &extproc.ProcessingResponse{}
	}
}

func header(head *extproc.HttpHeaders, name string) string {
	for _, field := range head.Headers.Headers {
		if field.Key == name {
			return string(field.RawValue)
		}
	}
	return ""
}

func main() {
	address := flag.String("listen", "127.0.0.1:9002", "address and port")
	flag.Parse()
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	calls := grpc.NewServer()
	extproc.RegisterExternalProcessorServer(calls, server{})
	log.Fatal(calls.Serve(listener))
}
