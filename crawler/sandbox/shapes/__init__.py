"""The sandbox in the shape of real platforms: their paths, parameters, fields and bad answers."""
