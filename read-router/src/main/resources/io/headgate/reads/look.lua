-- What a subject wrote, after how long this memory goes back.
-- KEYS: the subject's, and since when the memory is whole
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local since = redis.call('GET', KEYS[2])
if not since then
  since = now
  redis.call('SET', KEYS[2], string.format('%.0f', now))
end
local answer = redis.call('HGETALL', KEYS[1])
table.insert(answer, 1, string.format('%.0f', now - since))
return answer
