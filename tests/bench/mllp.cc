#include "tests/bench/mllp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <vector>

#include "broker/base/check.h"

namespace sam::bench {
namespace {

// A number whose check digit is wrong, so that it can be nobody's.
std::string ImpossibleNumber(uint32_t child) {
  char body[12];
  std::snprintf(body, sizeof body, "202503%02u%03u", 1 + child / 1000 % 28, child % 1000);
  int sum = 0;
  for (int i = 0; i < 9; ++i) {
    const int value = (body[2 + i] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += value / 10 + value % 10;
  }
  const int right = (10 - sum % 10) % 10;
  return std::string(body) + static_cast<char>('0' + (right + 1) % 10);
}

std::string Message(uint64_t number) {
  const std::string person = ImpossibleNumber(static_cast<uint32_t>(number % 2000));
  const std::string booking = "A" + std::to_string(number);
  return "\x0bMSH|^~\\&|COSMIC|SE2321000198-BVCTEST|SAMSIGNAL|HUB|20260302101500+0100||"
         "SIU^S26^SIU_S12|N" + std::to_string(number) + "|T|2.5.1|||AL|NE||UNICODE UTF-8\r"
         "SCH|" + booking + "^COSMIC|F-" + booking + "^COSMIC||||UB^Uteblivet^LOCAL|"
         "M8^Besök^LOCAL|M8^Besök^LOCAL|45|min|^^^20260302093000+0100||||||||||||||Noshow\r"
         "PID|1||" + person + "^^^&1.2.752.129.2.1.3.1&ISO^NNSWE||Testsson^Barn^Ö||" +
         person.substr(0, 8) + "|U|||Provgatan 1^^Bollnäs^^82130^SE^^^2183\r"
         "PD1||||||||||||N\rRGS|1\rAIL|1||SE2321000198-BVCTEST\r"
         "AIP|1||^^^|DSK^Distriktssköterska\r\x1c\r";
}

double CpuOf(pid_t pid) { return pid > 0 ? CpuSeconds(pid) : 0; }

struct Line {
  int fd = -1;
  int64_t sent_us = 0;
  std::string answer;
};

void Next(Line& line) {
  static std::atomic<uint64_t> number{0};
  const std::string message = Message(++number);
  line.sent_us = NowMicros();
  SAM_CHECK(send(line.fd, message.data(), message.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(message.size()));
}

// True: a whole answer. `accepted`: it says AA.
bool TakeAnswer(Line& line, bool* accepted) {
  char buffer[4096];
  const ssize_t n = recv(line.fd, buffer, sizeof buffer, 0);
  if (n <= 0) {
    *accepted = false;
    return true;
  }
  line.answer.append(buffer, static_cast<size_t>(n));
  if (line.answer.find("\x1c\r") == std::string::npos) return false;
  *accepted = line.answer.find("MSA|AA|") != std::string::npos;
  line.answer.clear();
  return true;
}

}  // namespace

Row MllpLoad(uint16_t port, int connections, double seconds, pid_t hub_pid, pid_t other_pid) {
  Row row{"MLLP acknowledged", connections, 1};
  std::vector<Line> lines(static_cast<size_t>(connections));
  std::vector<pollfd> items;
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (Line& line : lines) {
    line.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int one = 1;
    setsockopt(line.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    SAM_CHECK(connect(line.fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    items.push_back({line.fd, POLLIN, 0});
    Next(line);
  }
  const int64_t start = NowMicros() + 300'000;  // new children and connections first
  const int64_t end = start + static_cast<int64_t>(seconds * 1e6);
  Stopwatch watch;
  double hub = 0, adapter = 0;
  bool begun = false;
  size_t open = lines.size();
  while (open > 0) {
    if (poll(items.data(), items.size(), 10'000) <= 0) {
      row.whole = false;
      break;
    }
    const int64_t now = NowMicros();
    if (!begun && now >= start) {
      begun = true;
      hub = CpuOf(hub_pid);
      adapter = CpuOf(other_pid);
    }
    for (size_t i = 0; i < items.size(); ++i) {
      bool accepted = false;
      if (items[i].revents == 0 || !TakeAnswer(lines[i], &accepted)) continue;
      const int64_t got = NowMicros();
      row.whole = row.whole && accepted;
      if (got >= start && got < end) watch.Add(got - lines[i].sent_us);
      if (accepted && got < end) {
        Next(lines[i]);
      } else {
        items[i].fd = -1;
        --open;
      }
    }
  }
  const double hub_spent = CpuOf(hub_pid) - hub;
  const double adapter_spent = CpuOf(other_pid) - adapter;
  for (const Line& line : lines) close(line.fd);
  watch.Sort();
  const auto count = static_cast<double>(watch.count());
  row.rate = count / seconds;
  row.p50 = watch.At(0.5);
  row.p99 = watch.At(0.99);
  row.p999 = watch.At(0.999);
  row.hub_cpu = count > 0 ? hub_spent * 1e6 / count : 0;
  row.other_cpu = count > 0 ? adapter_spent * 1e6 / count : 0;
  return row;
}

Row MllpRow(const Lab& lab, int connections, double seconds) {
  Row row = MllpLoad(lab.mllp_port(), connections, seconds, lab.hub(), lab.adapter());
  row.rss = MemoryMiB(lab.hub());
  row.lag = static_cast<uint64_t>(std::max<int64_t>(0, lab.Lag()));
  lab.Settle();
  return row;
}

}  // namespace sam::bench
