print(1, 1.5, -0.1, 1e15, 1e14, 2^53, 1/0, -1/0, 100000000000000, 123456789012345678)
print(10 % 3, -10 % 3, 10 % -3, 5.5 % 2, 2^10, 7 / 2)
print("a" .. 1 .. 2.5, "10" + 5, "0x10" + 0, 10 .. "")
print(1 == 1.0, "a" < "b", "Z" < "a", not nil, not 0)
print(#"hello", #{1, 2, 3}, #{n = 1})
local a, b, c = (function() return 1, 2, 3 end)()
print(a, b, c)
print((function() return 1, 2, 3 end)())
print(((function() return 1, 2, 3 end)()))
local t = {1, 2, 3, x = 4, ["y z"] = 5, [10] = 6, (function() return 7, 8 end)()}
print(t[1], t[4], t[5], t.x, t["y z"], t[10])
print(nil and 1, false or 2, 1 and 2, nil or false, 1 and nil)
local x = 5
x = x and x + 1 or 0
print(x)
local i = 1
local arr = {}
i, arr[i] = i + 1, 20
print(i, arr[1], arr[2])
do
  local a, b = 1, 2
  a, b = b, a
  print(a, b)
end
for i = 1, 3 do io = nil; print(i) end
for i = 10, 1, -4 do print(i) end
for i = 1, 0 do print("never") end
for i = 0.1, 0.35, 0.1 do print(i) end
local n = 0
while true do n = n + 1; if n > 5 then break end end
print(n)
repeat local z = n; n = n - 1 until z < 3
print(n)
local fns = {}
for i = 1, 3 do fns[i] = function() i = i + 10; return i end end
print(fns[1](), fns[1](), fns[2](), fns[3]())
local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end
print(fact(10), fact(20))
local function va(...) local a, b = ...; return select("#", ...), a, b, ... end
print(va()) print(va(1)) print(va(1, nil, 3, nil))
print(select(-1, 1, 2, 3), select(2, "a", "b", "c"))
print(unpack({1, 2, 3})) print(unpack({1, 2, 3}, 2)) print(unpack({1, 2}, 1, 3))
print(type(print), type(nil), type({}), type("x"), type(2), type(true), type(coroutine.create(function() end)))
print(tostring(nil), tostring(true), tostring(12), tonumber("  12  "), tonumber("1e2"), tonumber("abc"), tonumber("10", 2), tonumber("ff", 16), tonumber("z", 36), tonumber(""), tonumber("0x"), tonumber("1 2"))
goto skip
print("skipped")
::skip::
for i = 1, 3 do
  if i == 2 then goto continue end
  print("loop", i)
  ::continue::
end
print([[
long
string]], [==[a]]b]==], "\65\066\x41\n\z
   tail", 'it\'s')
