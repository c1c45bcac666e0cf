use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType};

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Plugin { word: String::new() }));
}}

struct Plugin {
    word: String,
}

impl Context for Plugin {}

impl RootContext for Plugin {
    fn on_configure(&mut self, _: usize) -> bool {
        let config = self.get_plugin_configuration().unwrap_or_default();
        self.word = String::from_utf8_lossy(&config).into_owned();
        !self.word.is_empty()
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Request { word: self.word.clone() }))
    }
}

struct Request {
    word: String,
}

impl Context for Request {}

impl HttpContext for Request {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        if self.get_http_request_header("x-user").as_deref() == Some("mallory") {
            self.send_http_response(403, vec![("x-@NAME@", &self.word)], Some(b"not you"));
            return Action::Pause;
        }
        self.add_http_request_header("x-@NAME@", &self.word);
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        self.add_http_response_header("x-@NAME@", &self.word);
        Action::Continue
    }
}
