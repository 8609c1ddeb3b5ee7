// Two sessions that talk to each other in memory.
#pragma once

#include <memory>
#include <string>

#include "adapters/tls/context.h"
#include "adapters/tls/session.h"

namespace sam::tls::test {

struct Talk {
  std::unique_ptr<Session> server, client;
  std::string at_server, at_client;  // plain bytes that came
  Status server_status = Ok(), client_status = Ok();

  Talk(const Context& server_context, const Context& client_context)
      : server(server_context.NewSession()), client(client_context.NewSession()) {}

  // Moves bytes until neither has anything to say.
  void Run() {
    for (int quiet = 0; quiet < 2;) {
      const std::string up = client->TakeOutput();
      if (server_status.ok()) server_status = server->Feed(up, at_server);
      const std::string down = server->TakeOutput();
      if (client_status.ok()) client_status = client->Feed(down, at_client);
      quiet = up.empty() && down.empty() ? quiet + 1 : 0;
    }
  }
  void Start() {
    client_status = client->Start();
    Run();
  }
};

}  // namespace sam::tls::test
