"""int8 on a CPU: three back ends on the same networks, their agreement with float32 and their speed."""
