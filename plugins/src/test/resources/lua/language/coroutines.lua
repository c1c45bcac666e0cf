local co = coroutine.create(function(a, b)
  print("start", a, b)
  local c = coroutine.yield(a + b)
  print("got", c)
  local d, e = coroutine.yield(c * 2)
  return d + e
end)
print(coroutine.resume(co, 1, 2)) print(coroutine.status(co)) print(coroutine.resume(co, 10)) print(coroutine.resume(co, 3, 4)) print(coroutine.status(co)) print(coroutine.resume(co))
local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
print(gen(), gen(), gen(), gen()) print(pcall(gen))
-- yield across pcall
local co2 = coroutine.wrap(function()
  local ok, err = pcall(function() coroutine.yield("in pcall"); error("after") end)
  coroutine.yield(ok, err)
  local ok2, v = pcall(function() return coroutine.yield("again") end)
  return ok2, v
end)
print(co2()) print(co2()) print(co2()) print(co2("value"))
-- yield in metamethods and iterators
local mt = {__index = function(t, k) return coroutine.yield(k) end, __add = function(a, b) return coroutine.yield("add") end, __lt = function() return coroutine.yield("lt") end}
local co3 = coroutine.wrap(function()
  local t, u = setmetatable({}, mt), setmetatable({}, mt)
  local r = t.foo
  local s = t + 1
  local l = t < u
  return r, s, l
end)
print(co3()) print(co3("r")) print(co3("s")) print(co3(true))
local function iter() return coroutine.wrap(function() for _, v in ipairs{"a", "b"} do coroutine.yield(v) end end) end
for v in iter() do io = v print(v) end
local outer = coroutine.wrap(function() for x in function() return coroutine.yield("want") end do print("x", x) end return "done" end)
print(outer()) print(outer(1)) print(outer(2)) print(outer(nil))
print(coroutine.resume(coroutine.create(function() error("inside") end)))
print(type(select(2, coroutine.resume(coroutine.create(function() error({}) end)))))
print((pcall(coroutine.yield)))
print(coroutine.running())
print(pcall(coroutine.wrap(function() error("wrapped") end)))
local c; c = coroutine.create(function() print((coroutine.resume(c))) print(coroutine.status(c)) end) coroutine.resume(c)
print(coroutine.resume(coroutine.create(function() return pcall(pcall, pcall, error, "x") end)))
print((pcall(string.gsub, "abc", "%w", function() coroutine.yield() end)))
local co5 = coroutine.create(function() return pcall(coroutine.yield, 1) end) print(coroutine.resume(co5)) print(coroutine.resume(co5, "v"))
local deep = function() local function n(k) if k == 0 then return coroutine.yield("bottom") end return (n(k - 1)) end return n(1000) end
local cd = coroutine.wrap(deep) print(cd()) print(cd("up"))
