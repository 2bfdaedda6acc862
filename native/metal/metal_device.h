#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mobilenet {

// A GPU that networks can run on, as Metal tells.
struct MetalDevice {
  std::string name;
  uint64_t registry_id = 0;        // the same in all processes
  bool unified_memory = false;     // shared with the processor, as on all Apple silicon
  uint64_t working_set_bytes = 0;  // what it can use without getting slower; a recommendation
  bool low_power = false;          // the slower of two, kept for saving energy
  bool headless = false;           // has no display
  bool removable = false;          // an eGPU
};

// All of this machine, the preferred one first. Empty where there is none. Wakes those that sleep.
std::vector<MetalDevice> MetalDevices();

// The preferred one alone, without waking others.
std::optional<MetalDevice> PreferredMetalDevice();

}  // namespace mobilenet
