# An external processing server: replaces bodies of requests by their text in upper case.
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from envoy.service.ext_proc.v3 import external_processor_pb2 as messages
from envoy.service.ext_proc.v3 import external_processor_pb2_grpc as services


class Server(services.ExternalProcessorServicer):
    def Process(self, requests, context):
        for request in requests:
            yield answer(request)


def answer(request):
    part = request.WhichOneof("request")
    response = messages.ProcessingResponse()
    if part == "request_body":
        response.request_body.response.body_mutation.body = request.request_body.body.upper()
    else:
        getattr(response, part).SetInParent()  # changes nothing
    return response


calls = grpc.server(ThreadPoolExecutor(max_workers=16))
services.add_ExternalProcessorServicer_to_server(Server(), calls)
calls.add_insecure_port(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9003")
calls.start()
calls.wait_for_termination()
