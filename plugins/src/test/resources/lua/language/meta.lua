local V = {}
V.__index = V
V.__add = function(a, b) return setmetatable({x = (type(a) == "number" and a or a.x) + (type(b) == "number" and b or b.x)}, V) end
V.__eq = function(a, b) return a.x == b.x end
V.__lt = function(a, b) return a.x < b.x end
V.__le = function(a, b) return a.x <= b.x end
V.__call = function(self, y) return self.x + y end
V.__concat = function(a, b) return "cat(" .. (type(a) == "table" and a.x or a) .. "," .. (type(b) == "table" and b.x or b) .. ")" end
V.__unm = function(a) return setmetatable({x = -a.x}, V) end
V.__newindex = function(t, k, v) rawset(t, k, v * 2) end
function V.new(x) return setmetatable({x = x}, V) end
function V:get() return self.x end
local a, b = V.new(1), V.new(2)
print((a + b).x, (a + 5).x, (5 + a).x, a == b, a == V.new(1), a ~= b, a < b, a <= b, a > b, a >= b, a(10), a .. b, "s" .. a, a .. 1, (-a).x, a:get())
a.y = 4 print(a.y)
local p = setmetatable({}, {__index = {z = 1}}) print(p.z, rawget(p, "z"))
local log = {}
local proxy = setmetatable({}, {__index = function(t, k) log[#log + 1] = k return k .. "!" end, __newindex = function(t, k, v) log[#log + 1] = k .. "=" .. tostring(v) end})
print(proxy.foo, proxy.bar) proxy.q = 9 print(table.concat(log, ","))
print(getmetatable(setmetatable({}, {__metatable = "locked"})), pcall(setmetatable, setmetatable({}, {__metatable = 1}), {}))
print(rawequal(a, V.new(1)), rawequal(a, a), rawlen)
local le = setmetatable({}, {__lt = function(a, b) return true end})
local le2 = setmetatable({}, getmetatable(le))
print(le <= le2, le < le2)
-- inheritance
local Base = {} Base.__index = Base function Base:hello() return "base " .. self.name end
local Derived = setmetatable({}, {__index = Base}) Derived.__index = Derived
print(setmetatable({name = "d"}, Derived):hello())
-- environments
local function getx() return x end
setfenv(getx, {x = "env"}) print(getx(), x)
local env = setmetatable({}, {__index = _G})
local f = loadstring("y = 3; return y, tostring(y)") setfenv(f, env) print(f()) print(env.y, y)
print(getfenv(1) == _G, getfenv(f) == env)
print(loadstring("return +"))
print(loadstring("return ...")(7, 8))
