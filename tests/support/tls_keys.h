// TLS for tests: an authority with a server certificate and a client certificate, and a stranger's, made once for
// each process by openssl; and a shell command with what it printed. One thread.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

namespace sam::test {

inline std::string Shell(const std::string& command) {
  FILE* pipe = popen(("(" + command + ") 2>&1").c_str(), "r");
  if (pipe == nullptr) return "";
  std::string out;
  std::array<char, 4096> buffer{};
  size_t n = 0;
  while ((n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) out.append(buffer.data(), n);
  pclose(pipe);
  return out;
}

// An authority with a server certificate and a client certificate, and a stranger's.
class TlsKeys {
 public:
  TlsKeys() : folder_(testing::TempDir() + "https_" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
    Shell("cd " + folder_ + " && " + Own("ca", "/CN=Test CA") + " && " + Own("stranger", "/CN=stranger") +
          " && " + Signed("server", "/CN=localhost", "IP:127.0.0.1") + " && " +
          Signed("client", "/CN=cosmic/O=Region", "DNS:cosmic.example"));
  }
  ~TlsKeys() { std::filesystem::remove_all(folder_); }
  TlsKeys(const TlsKeys&) = delete;
  TlsKeys& operator=(const TlsKeys&) = delete;

  std::string At(const std::string& name) const { return folder_ + "/" + name; }
  std::string Fingerprint(const std::string& name) const {
    std::string text = Shell("openssl x509 -in " + At(name + ".pem") + " -noout -sha256 -fingerprint");
    std::string out;
    for (const char c : text.substr(text.find('=') + 1))
      if (isxdigit(static_cast<unsigned char>(c)) != 0) out += static_cast<char>(tolower(c));
    return out;
  }
  void Renew() { Shell("cd " + folder_ + " && " + Signed("server", "/CN=renewed", "IP:127.0.0.1")); }

 private:
  static std::string Own(const std::string& name, const std::string& subject) {
    return "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout " +
           name + ".key -out " + name + ".pem -subj '" + subject + "'";
  }
  static std::string Signed(const std::string& name, const std::string& subject,
                            const std::string& san) {
    return "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + name +
           ".key -out " + name + ".csr -subj '" + subject + "' && printf 'subjectAltName=" + san +
           "' > " + name + ".ext && openssl x509 -req -in " + name +
           ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile " + name + ".ext -out " +
           name + ".new && mv " + name + ".new " + name + ".pem";
  }
  std::string folder_;
};

inline TlsKeys& TheKeys() {
  static TlsKeys keys;
  return keys;
}

}  // namespace sam::test
