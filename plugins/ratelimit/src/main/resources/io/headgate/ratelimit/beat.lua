-- One instance says that it lives, and learns who else does. KEYS[1] the instances. ARGV: the time or 0, name, lifetime.
-- Answers: the time, then the names.
local now = clock(ARGV[1])
redis.call('ZADD', KEYS[1], text(now), ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. text(now - tonumber(ARGV[3])))
redis.call('PEXPIRE', KEYS[1], text(math.ceil(tonumber(ARGV[3]) / 1000)))
local answer = { text(now) }
for _, name in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  answer[#answer + 1] = name
end
return answer
