// Keeps relative times true.

const MINUTE = 60;
const HOUR = 3600;

function words(seconds) {
  const amount = (s) => (s < HOUR ? `${Math.floor(s / MINUTE)} min` : `${Math.floor(s / HOUR)} h`);
  if (Math.abs(seconds) < MINUTE) return 'just now';
  return seconds > 0 ? `${amount(seconds)} ago` : `in ${amount(-seconds)}`;
}

function tick() {
  for (const time of document.querySelectorAll('time[data-ago]')) {
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (Math.abs(seconds) < 24 * HOUR && time.textContent !== words(seconds)) time.textContent = words(seconds);
  }
}

setInterval(tick, 20_000);
