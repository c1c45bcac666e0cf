export * from "@solo-io/proxy-runtime/proxy";
import {
  RootContext, Context, registerRootContext, FilterHeadersStatusValues, stream_context, send_local_response, GrpcStatusValues,
} from "@solo-io/proxy-runtime";

class Greeting extends RootContext {
  createContext(context_id: u32): Context {
    return new Request(context_id, this);
  }
}

class Request extends Context {
  constructor(context_id: u32, root: Greeting) {
    super(context_id, root);
  }

  onRequestHeaders(a: u32, end: bool): FilterHeadersStatusValues {
    if (stream_context.headers.request.get("x-user") == "nobody") {
      send_local_response(403, "nobody", String.UTF8.encode("not you"), [], GrpcStatusValues.Ok);
      return FilterHeadersStatusValues.StopIteration;
    }
    stream_context.headers.request.add("x-wasm", this.root_context.getConfiguration());
    return FilterHeadersStatusValues.Continue;
  }

  onResponseHeaders(a: u32, end: bool): FilterHeadersStatusValues {
    stream_context.headers.response.add("x-wasm", this.root_context.getConfiguration());
    return FilterHeadersStatusValues.Continue;
  }
}

registerRootContext((context_id: u32) => {
  return new Greeting(context_id);
}, "greeting");
