-- Runs for each request and each response. The configuration is the metadata.
function envoy_on_request(handle)
  local headers = handle:headers()
  if headers:get("x-user") == "mallory" then
    handle:respond({[":status"] = "403"}, "Not you.\n")
  end
  headers:replace("x-@NAME@", handle:metadata():get("word") or "hello")
end

function envoy_on_response(handle)
  handle:headers():replace("x-@NAME@", "seen")
end
