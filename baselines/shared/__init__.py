"""What several metrics use: checks of images, bases, layers, patches, pretrained features."""
