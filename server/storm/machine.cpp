#include "storm/machine.h"

namespace breakwater::storm {

std::optional<MachineSign> machine_sign(const mail::HeaderBlock&, bool null_reverse_path, bool,
                                        std::string_view, std::string_view) {
  if (null_reverse_path)
    return MachineSign{true, "it has no return address, as bounces and answers of programs have none"};
  return std::nullopt;
}

}  // namespace breakwater::storm
