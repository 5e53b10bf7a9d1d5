-- Keeps of each position the furthest.
-- KEYS: the subject's, and since when the memory is whole
-- ARGV: how long to keep it, in ms; whether something could not be kept before; pairs of a branch and a position in hex
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
if ARGV[2] == '1' then
  redis.call('SET', KEYS[2], now)
else
  redis.call('SET', KEYS[2], now, 'NX')
end
for i = 3, #ARGV, 2 do
  local before = redis.call('HGET', KEYS[1], ARGV[i])
  if not before or before < ARGV[i + 1] then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
