# The local door for operators: one request, one reply, over a socket file that only its owner may
# open. The same door serves the hub, the adapter and the inbox.
@0x818d416112d50f13;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");
using A = import "annotations.capnp";
using St = import "storage.capnp";

struct AdminRequest {
  operator @0 :Text $A.sens(s0) $A.sv("operatör");  # not read: the door asks the kernel who calls
  role @1 :Text $A.sens(s0) $A.sv("roll");
  reason @10 :Text $A.sens(s0) $A.sv("skäl");  # of a reload
  union {
    status @2 :Void $A.sens(s0) $A.sv("läge");
    tick @3 :Int64 $A.sens(s0) $A.sv("ställ klockan (endast testmiljö)");
    snapshot @4 :Text $A.sens(s0) $A.sv("ögonblicksbild till mapp");
    replay @5 :ReplayRequest $A.sens(s0) $A.sv("omsändning");
    audit @6 :St.AuditRow $A.sens(s0) $A.sv("anteckna åtkomst");
    reload @7 :Void $A.sens(s0) $A.sv("läs om konfiguration");
    backup @9 :BackupMade $A.sens(s0) $A.sv("säkerhetskopia är gjord och kontrollerad");
    erase @11 :EraseRequest $A.sens(s0) $A.sv("radering av en person");
    local @8 :Data $A.sens(s4) $A.sv("programmets egen begäran (JSON)") $A.keep(payload);
  }
}

struct ReplayRequest {
  replay @0 :St.Replay $A.sens(s0) $A.sv("omsändning");
  reason @1 :Text $A.sens(s0) $A.sv("skäl");
  dryRun @2 :Bool $A.sens(s0) $A.sv("provkörning");
  agreed @3 :UInt64 = 0xffffffffffffffff $A.sens(s0) $A.sv("godkänd begäran, plats i loggen");
  # One step of what somebody else asked for; the reason is then that of who agrees.
}

struct EraseRequest {
  erase @0 :St.Erase $A.sens(s0) $A.sv("radering");
  reason @1 :Text $A.sens(s0) $A.sv("skäl");
}

struct BackupMade {
  # The hub compares the root with its own log before it lets the sources forget.
  records @0 :UInt64 $A.sens(s0) $A.sv("antal poster");
  root @1 :Data $A.sens(s0) $A.sv("trädets rot");
}

struct AdminReply {
  ok @0 :Bool $A.sens(s0) $A.sv("lyckades");
  code @1 :Text $A.sens(s0) $A.sv("felkod");
  message @2 :Text $A.sens(s0) $A.sv("besked");
  json @3 :Text $A.sens(s4) $A.sv("svar (JSON)") $A.keep(payload);
}
